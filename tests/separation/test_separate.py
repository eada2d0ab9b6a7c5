"""Whole clips taken apart by the bundled networks: whatever comes, the tracks are as long as it and sum to it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_allclose

from milo_demo.analysis import Analysis, ClipScore, Media
from milo_demo.features.stft import TRACK_HZ
from milo_demo.grid import steps_in
from milo_demo.instruments import LABELS
from milo_demo.maps import Maps
from milo_demo.media import decode
from milo_demo.media.downmix import settle
from milo_demo.media.probe import probe
from milo_demo.options import AnalysisOptions
from milo_demo.separation import separate as separate_module
from milo_demo.separation.names import suspects
from milo_demo.separation.notes.owners import NoteFound
from milo_demo.separation.separate import NOBODY, UNNAMED, parts, separate
from milo_demo.separation.separated import Separated

RNG = np.random.default_rng(0)


def tone(hertz: float, seconds: float, rate_hz: int = 44_100) -> np.ndarray:
    """(sample,) of ten partials."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return sum(np.sin(2 * np.pi * k * hertz * time_s) / k for k in range(1, 11)).astype(np.float32) * 0.1


def analysis(labels: list[str], duration_s: float, **options: str) -> Analysis:
    made = Analysis(Media("made.wav", duration_s, 0, 0, 0.0, has_video=False, has_audio=True), Maps.empty(1))
    made.maps.sound = np.ones((steps_in(duration_s), len(LABELS)), np.float16)
    made.clip = [ClipScore(label, 0.9, 0.9, None, None) for label in labels]
    made.options = AnalysisOptions(**options)
    return made


def taken_apart(
    folder: Path, sound: np.ndarray, rate_hz: int, asked: list[str] | Analysis, **options: str
) -> tuple[Separated, np.ndarray]:
    """What is found in a sound (channel, sample), and the tracks' files (track, channel, sample)."""
    soundfile.write(folder / "made.wav", sound.T, rate_hz, subtype="FLOAT")
    (source, _), duration_s = settle(probe(folder / "made.wav"), [sound], rate_hz), sound.shape[1] / rate_hz
    known = asked if isinstance(asked, Analysis) else analysis(asked, duration_s, **options)
    steps = separate(source, 0.0, duration_s, known, folder)
    fractions = []
    while True:
        try:
            fractions.append(next(steps))
        except StopIteration as end:
            found = end.value
            break
    assert fractions == sorted(fractions) and fractions[-1] == pytest.approx(1, abs=0.02)
    tracks = np.stack([soundfile.read(folder / track.path, always_2d=True)[0].T for track in found.tracks])
    whole = np.concatenate(list(decode.audio(source, TRACK_HZ, 0.0, duration_s, mono=False)), axis=1)
    assert tracks.shape[1:] == whole.shape and np.isfinite(tracks).all()
    assert_allclose(tracks.sum(axis=0), whole, atol=1e-4)
    return found, tracks


def test_a_clarinet_and_a_drum_are_two_tracks_and_the_notes_are_the_clarinet_s(tmp_path):
    melody = np.concatenate([tone(hertz, 1.0) for hertz in (220.0, 262.0, 330.0)])
    beat = np.zeros_like(melody)
    for at in range(0, len(beat) - 9000, 22_050):
        beat[at : at + 4000] += 0.5 * RNG.standard_normal(4000) * np.exp(-np.arange(4000) / 600)
    found, tracks = taken_apart(tmp_path, np.stack([melody + beat] * 2), 44_100, ["clarinet", "drum"])
    assert [track.label for track in found.tracks] == ["clarinet", "drum", "residual"]
    assert {note.label for note in found.notes} == {"clarinet"}
    assert {57, 60, 64} <= {note.midi for note in found.notes}
    assert np.square(tracks[0, 0] - melody).sum() < 0.3 * np.square(melody).sum()
    assert sum(track.energy for track in found.tracks) == pytest.approx(1, abs=1e-6)
    assert all(len(track.classified) == 3 for track in found.tracks[:2])
    assert {used.role for used in found.models} == {"masks", "notes", "owner", "quality"}
    assert (tmp_path / "mask.png").is_file()


@pytest.mark.parametrize(
    "sound, rate_hz",
    [
        (np.zeros((2, 40_000)), 44_100),
        (0.3 * np.ones((1, 1)), 44_100),
        (0.1 * RNG.standard_normal((1, 50_000)), 44_100),
        (np.clip(20 * tone(220, 1.0), -1, 1)[None], 44_100),
        (np.stack([tone(220, 1.0, 96_000), tone(440, 1.0, 96_000)]), 96_000),
        (0.02 * RNG.standard_normal((6, 44_100)) + tone(330, 1.0), 44_100),
        (np.stack([tone(330, 0.5, 8_000)]), 8_000),
    ],
    ids=["silence", "one sample", "noise", "clipped", "96 kHz", "six channels", "8 kHz"],
)
def test_whatever_comes_length_and_sum_are_kept(sound, rate_hz, tmp_path):
    found, _ = taken_apart(tmp_path, sound.astype(np.float32), rate_hz, ["violin", "voice", "drum"])
    assert len(found.tracks) >= 2 and not found.warnings


def test_a_clip_of_nobody_known_is_all_residual_and_says_so(tmp_path):
    found, tracks = taken_apart(tmp_path, tone(220, 0.5)[None], 44_100, [])
    assert [track.label for track in found.tracks] == ["residual"] and found.warnings == (NOBODY,)
    assert not found.notes and len(tracks) == 1


@pytest.mark.parametrize("separator, role", [("nmf", "dictionaries"), ("semantic", "semantic")])
def test_published_separators_take_clips_apart_too(separator, role, tmp_path):
    sound = np.stack([tone(440, 3.0), tone(440, 3.0)])
    found, _ = taken_apart(tmp_path, sound, 44_100, ["flute", "drum"], separator=separator)
    assert [used.role for used in found.models] == [role] and not found.notes
    assert all(track.method == separator and track.quality_db is None for track in found.tracks)


def test_a_player_is_named_by_the_loudest_part_in_which_they_play(monkeypatch):
    """The cello plays throughout and the flute in the last part, the tuba somewhat more there than in the loudest."""
    played = [{0: 50, 2: 30}, {0: 40}, {0: 60, 1: 50, 2: 40}]
    monkeypatch.setattr(separate_module, "owners", lambda heard, network, labels: None)
    monkeypatch.setattr(
        separate_module,
        "find_notes",
        lambda heard, chances, labels: [NoteFound(player, 60, 0, end, 0.0, 1.0) for player, end in heard.items()],
    )
    samples = [np.full(10, level) for level in (0.5, 0.1, 0.3)]
    networks: Any = SimpleNamespace(owner=None)
    found = separate_module._named_by(["cello", "drum", "flute", "tuba"], samples, played, networks)
    assert found == {"cello": 0, "flute": 2, "tuba": 0}


def test_parts_are_alike_and_none_is_but_a_moment():
    assert parts(8.001) == [(0.0, pytest.approx(4.0005)), (pytest.approx(4.0005), pytest.approx(4.0005))]
    assert parts(3.0) == [(0.0, 3.0)] and [length_s for _, length_s in parts(1200.0)] == [8.0] * 5


def test_no_note_lasts_longer_than_the_clip(tmp_path):
    found, _ = taken_apart(tmp_path, tone(440, 1.5)[None], 44_100, ["flute"])
    assert max(note.end_s for note in found.notes) <= 1.5


@pytest.mark.parametrize("separator", ["notes", "nmf", "semantic"])
def test_who_is_named_gets_a_track_and_nobody_else(separator, tmp_path):
    sound = np.stack([tone(440, 1.5)] * 2)
    found, _ = taken_apart(tmp_path, sound, 44_100, ["violin", "cello"], separator=separator, players="cello")
    assert [track.label for track in found.tracks] == ["cello", "residual"]
    assert found.warnings == (UNNAMED.format("violin"),)


def test_who_is_named_and_not_heard_gets_none_and_is_told(tmp_path):
    found, _ = taken_apart(tmp_path, tone(440, 1.5)[None], 44_100, ["flute"], players="flute, drums, voice")
    assert [track.label for track in found.tracks] == ["flute", "residual"]
    assert found.warnings == ("Not heard, and so without a track: drum, voice.",)


def test_who_is_heard_alone_has_all_the_sound(tmp_path):
    sound = sum(tone(hertz, 2.0) for hertz in (196.0, 262.0, 330.0)) * np.exp(-(np.arange(88_200) % 22_050) / 6000)
    shares = []
    for besides in (0.9, 0.1):
        made = analysis(["ukulele"], 2.0)
        made.maps.sound[:] = besides
        made.maps.sound[:, LABELS.index("ukulele")] = 0.9
        found, _ = taken_apart(tmp_path, sound[None].astype(np.float32), 44_100, made)
        shares.append(found.tracks[0].energy)
    assert shares[0] < 0.97 < 0.999 < shares[1]


def test_stereo_stays_where_it_was(tmp_path):
    left = np.stack([tone(440, 2.0), 0.1 * tone(440, 2.0)])
    _, tracks = taken_apart(tmp_path, left, 44_100, ["flute"])
    power = np.square(tracks[0]).mean(axis=1)
    assert power[1] < 0.05 * power[0]


def test_where_one_side_is_inverted_tracks_still_have_names(tmp_path):
    found, _ = taken_apart(tmp_path, np.stack([tone(440, 2.0), -tone(440, 2.0)]), 44_100, ["flute"])
    assert found.tracks[0].classified and found.tracks[0].energy > 0.5


def test_suspects_are_heard_or_heard_faintly_and_seen_and_drums_are_heard_well():
    made = analysis([], 1.0)
    made.clip = [
        ClipScore("flute", 0.6, 0.6, None, None),
        ClipScore("violin", 0.9, 0.9, 0.1, None),
        ClipScore("guitar", 0.9, 0.06, 0.9, None),
        ClipScore("piano", 0.9, 0.06, 0.1, None),
        ClipScore("drum", 0.4, 0.4, None, None),
    ]
    assert list(suspects(made.clip)) == ["violin", "flute", "guitar"]
