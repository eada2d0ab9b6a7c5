import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation.hearing import recordings
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.instruments import LABELS


def test_percussion_is_called_nothing(heard):
    stems = [recording.truth for recording in heard if recording.kind == "stems"]
    assert len(stems) == 15 + 3
    assert sum(truth[:, LABELS.index("saxophone")].all() for truth in stems) == 8


def test_instruments_without_a_label_are_not_asked_for(heard):
    assert {recording.source for recording in heard if recording.kind == "phrases"} == {"violon", "clarinette"}


def test_only_what_was_kept_from_training_is_noise_or_speech(heard):
    assert [recording.source for recording in heard if recording.kind == "noise"] == ["5_b"]
    assert [recording.source for recording in heard if recording.kind == "speech"] == ["ZZ_1"]
    assert not any(recording.truth.any() for recording in heard if recording.kind in ("noise", "speech", "silence"))


def test_silence_is_hardly_anything(heard):
    silences = [recording.sound for recording in heard if recording.kind == "silence"]
    assert len(silences) == 7 and max(np.std(sound) for sound in silences) < 0.0011


def test_the_singer_rests_in_the_second_half(heard):
    (song,) = [recording for recording in heard if recording.kind == "singing"]
    voice = song.truth[:, LABELS.index("voice")]
    assert voice[:3].all() and not voice[5:].any()


def test_a_song_comes_with_a_softer_voice_too_and_with_none(heard):
    songs = {recording.kind: recording for recording in heard}
    band = songs[recordings.UNSUNG]
    assert not band.truth.any()
    for softer_db in recordings.SOFTER_DB:
        song = songs[recordings.SOFTLY.format(softer_db)]
        voice = song.sound - band.sound
        assert np.array_equal(song.truth, songs["singing"].truth)
        softer = 10 * np.log10(np.square(band.sound).mean() / np.square(voice).mean())
        assert softer == pytest.approx(softer_db, abs=0.1)


def test_a_frame_is_as_loud_as_what_is_around_it():
    sound = np.zeros(RATE_HZ, np.float32)
    sound[5 * 512 : 6 * 512] = 0.5
    levels = recordings.frame_levels_dbfs(sound)
    assert len(levels) == 32 and levels.argmax() in (4, 5, 6)
    assert levels[5] == pytest.approx(20 * np.log10(0.25), abs=0.1)
    assert levels[20] == pytest.approx(-120)


def test_a_folder_without_recordings_is_said_so(tmp_path):
    with pytest.raises(MiloError, match="--data"):
        next(recordings.recordings(tmp_path))
