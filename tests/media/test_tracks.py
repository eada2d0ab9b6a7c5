"""Which of several tracks is used: by the probe, the copy and the ear alike."""

import numpy as np
import pytest

from milo_demo import pipeline
from milo_demo.errors import MiloError
from milo_demo.media import decode
from milo_demo.media.normalise import normalise
from milo_demo.media.probe import probe
from milo_demo.options import AnalysisOptions
from tests.media.making import beep_s, beeps_s, clip, ffmpeg, flash_s, picture, sound

SILENT = ["-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo:d=3"]
MUSIC = sound(3, at_s=2, channels=2)
TALK = sound(3, at_s=1)
NOISE = ["-f", "lavfi", "-i", "anoisesrc=r=44100:d=3:a=0.02"]


def many(path, *tracks, options=(), video=True):
    """A file with these sound tracks beside its picture."""
    inputs = [picture(3), *tracks] if video else tracks
    maps = [word for k in range(len(inputs)) for word in ("-map", k)]
    ffmpeg(*(word for source in inputs for word in source), *maps, *options, path)
    return path


def obs(path):
    """An empty microphone first; the music, flagged as the one to play, second."""
    flags = ["-disposition:a:0", 0, "-disposition:a:1", "default"]
    return many(path, SILENT, MUSIC, options=[*flags, "-metadata:s:a:1", "title=Music"])


def all_hear(path, at_s, tmp_path, **chosen):
    """Do the ear and the player's copy hear the beep then?"""
    found = probe(path, **chosen)
    list(normalise(found, tmp_path / "copy.mp4"))
    ear = np.concatenate(list(decode.audio(found, 16_000)), axis=1)[0]
    assert beeps_s(ear, 16_000) == pytest.approx([at_s], abs=0.06)
    assert beep_s(tmp_path / "copy.mp4") == pytest.approx(at_s, abs=0.06)
    return found


@pytest.mark.parametrize("name", ["obs.mkv", "obs.mp4"])
def test_the_track_flagged_as_default(tmp_path, name):
    found = all_hear(obs(tmp_path / name), 2, tmp_path)
    assert found.audio_index == 2
    (note,) = found.notes
    assert name in note and "listens to track 2 (" in note and "not track 1 (stereo)" in note and note.endswith(".")
    assert beep_s(tmp_path / name) == pytest.approx(2, abs=0.06), "a path alone leads to the same track"


def test_the_largest_where_no_flag_tells_them_apart(tmp_path):
    flags = ["-disposition:a", "default", "-c:a", "libopus"]
    assert all_hear(many(tmp_path / "a.mkv", SILENT, MUSIC, options=flags), 2, tmp_path).audio_index == 2
    assert all_hear(many(tmp_path / "b.mkv", MUSIC, TALK, options=flags), 2, tmp_path).audio_index == 1


@pytest.mark.parametrize("flag", ["comment", "visual_impaired", "hearing_impaired", "default+comment"])
def test_no_commentary(tmp_path, flag):
    flags = ["-disposition:a:0", flag, "-disposition:a:1", 0]
    assert all_hear(many(tmp_path / "a.mkv", TALK, MUSIC, options=flags), 2, tmp_path).audio_index == 2


def test_no_commentary_by_its_title(tmp_path):
    options = ["-metadata:s:a:0", "title=Director's commentary", "-disposition:a", 0]
    assert all_hear(many(tmp_path / "a.mkv", TALK, MUSIC, options=options), 2, tmp_path).audio_index == 2


def test_a_first_track_without_packets(tmp_path):
    path = many(tmp_path / "a.mkv", SILENT, MUSIC, options=["-c:a", "libopus", "-filter:a:0", "aselect=0"])
    found = all_hear(path, 2, tmp_path)
    assert found.audio_index == 2 and "empty or unreadable" in found.notes[0]


def test_a_first_track_that_cannot_be_decoded(tmp_path):
    """FFmpeg knows no decoder for what the file says it is."""
    path = many(tmp_path / "a.mkv", NOISE, MUSIC, options=["-c:a:0", "mp2", "-c:a:1", "libopus"])
    path.write_bytes(path.read_bytes().replace(b"A_MPEG/L2", b"A_MPEG/X2", 1))
    found = all_hear(path, 2, tmp_path)
    assert found.audio_index == 2 and "not track 1" in found.notes[0]
    with pytest.raises(MiloError, match=r"track 1 of a\.mkv cannot be read: choose another"):
        probe(path, audio_track=1)


def test_the_track_asked_for(tmp_path):
    path = many(tmp_path / "a.mkv", MUSIC, TALK)
    found = all_hear(path, 1, tmp_path, audio_track=2)
    assert found.audio_index == 2 and found.notes == ()
    assert pipeline.survey(path).tracks == [("track 1 (stereo)", 1), ("track 2 (mono)", 2)]
    with pytest.raises(MiloError, match=r"a\.mkv has 2 sound tracks: choose 1 to 2, not 3\."):
        probe(path, audio_track=3)
    with pytest.raises(MiloError, match=r"has only one sound track: choose 1, not 2\."):
        probe(clip(tmp_path / "one.mp4"), audio_track=2)
    ffmpeg(*picture(0.2), tmp_path / "silent.mp4")
    with pytest.raises(MiloError, match=r"has no sound track"):
        probe(tmp_path / "silent.mp4", audio_track=1)
    with pytest.raises(MiloError, match=r"numbered from 1"):
        AnalysisOptions(audio_track=0)


def test_a_second_ambisonic_track_is_named(tmp_path):
    """As 360° cameras write them: stereo, then four channels."""
    path = many(tmp_path / "max.mov", MUSIC, sound(3, at_s=2, channels=4), options=["-c:a", "aac"])
    found = probe(path)
    assert found.audio_channels == 2 and "track 2 (4 channels, perhaps ambisonic)" in found.notes[0]


def test_many_tracks_are_not_all_named(tmp_path):
    path = many(tmp_path / "a.mov", *[TALK] * 7, options=["-c:a", "pcm_s16le"])
    assert "track 5 (mono) or 2 more:" in probe(path).notes[0]


def test_one_track_is_nothing_to_speak_of(tmp_path):
    assert probe(clip(tmp_path / "a.mp4")).notes == ()


def test_of_several_pictures_the_one_flagged(tmp_path):
    maps = ["-map", 0, "-map", 1, "-map", 2, "-disposition:v:0", 0, "-disposition:v:1", "default"]
    ffmpeg(*picture(3, "64x64", at_s=1), *picture(3, at_s=2), *MUSIC, *maps, tmp_path / "a.mkv")
    found = probe(tmp_path / "a.mkv")
    assert (found.width, found.height) == (160, 90)
    assert "MILO looks at track 2 (160 × 90), not track 1 (64 × 64)." in found.notes[0]
    list(normalise(found, tmp_path / "copy.mp4"))
    assert flash_s(tmp_path / "copy.mp4") == pytest.approx(2, abs=0.05)
