import numpy as np
import pytest
from numpy.testing import assert_allclose

from milo_demo.features.stft import TRACK_HZ
from milo_demo.separation.notes.owners import NoteFound
from milo_demo.separation.notes.salience import FRAMES_PER_S
from milo_demo.separation.stream import CORE_S, MORE_S, OVERLAP_S, separated
from milo_demo.separation.stretch import Stretch

WHOLE = (CORE_S + OVERLAP_S) * TRACK_HZ
LONGEST = WHOLE + MORE_S * TRACK_HZ


def halves(sound: np.ndarray, at_s: float) -> Stretch:
    return Stretch(np.stack([0.25 * sound, 0.75 * sound]))


def run(sound: np.ndarray, take_apart=halves, chunk: int = 50_000):
    chunks = (sound[:, at : at + chunk] for at in range(0, sound.shape[1], chunk))
    pieces = list(separated(chunks, take_apart))
    return np.concatenate([piece.tracks for piece in pieces], axis=-1), [n for piece in pieces for n in piece.notes]


@pytest.mark.parametrize("samples", [1, 1000, LONGEST, LONGEST + 1, 45 * TRACK_HZ + 17])
def test_tracks_are_as_long_as_the_clip_and_sum_to_it(samples):
    sound = np.random.default_rng(0).standard_normal((2, samples)).astype(np.float32)
    tracks, _ = run(sound)
    assert tracks.shape == (2, 2, samples)
    assert_allclose(tracks.sum(axis=0), sound, atol=1e-5)


def test_how_the_sound_comes_makes_no_difference():
    sound = np.random.default_rng(0).standard_normal((1, 50 * TRACK_HZ)).astype(np.float32)
    assert_allclose(run(sound, chunk=7 * TRACK_HZ)[0], run(sound, chunk=999_999)[0])


def test_no_stretch_is_longer_than_it_may_be():
    lengths = []

    def seen(sound, at_s):
        lengths.append(sound.shape[1])
        return halves(sound, at_s)

    run(np.zeros((1, 60 * TRACK_HZ), np.float32), seen)
    assert max(lengths) == WHOLE and len(lengths) == 4
    lengths.clear()
    run(np.zeros((1, LONGEST), np.float32), seen)
    assert lengths == [LONGEST], "a tail of moments is no stretch of its own"


def test_a_note_is_told_once_and_at_its_time():
    times_s = [1.0, 17.0, 18.5, 19.5, 30.0]
    sound = np.zeros((1, 36 * TRACK_HZ), np.float32)
    for time_s in times_s:
        sound[0, int(time_s * TRACK_HZ)] = 1

    def clicks(part, at_s):
        at = np.flatnonzero(part[0]) / TRACK_HZ
        frames = [round(time_s * FRAMES_PER_S) for time_s in at]
        return Stretch(np.stack([part, 0 * part]), [NoteFound(0, 60, frame, frame + 9, 0.0, 1.0) for frame in frames])

    _, notes = run(sound, clicks)
    assert [note.start_s for note in notes] == pytest.approx(times_s, abs=0.02)


@pytest.mark.parametrize(("begins_s", "ends_s"), [(1.0, 3.0), (15.0, 27.0), (17.99, 30.0), (3.0, 57.5), (18.5, 21.0)])
def test_a_note_that_is_held_from_stretch_to_stretch_is_one_and_ends_when_it_ends(begins_s, ends_s):
    samples = 60 * TRACK_HZ

    def held(part, at_s):
        """A note that is there for as long as its stretch shows it, a frame early in every second stretch."""
        late = -1 if at_s % 32 else 0
        first, last = (np.clip(time_s - at_s, 0, part.shape[1] / TRACK_HZ) for time_s in (begins_s, ends_s))
        note = NoteFound(0, 60, round(first * FRAMES_PER_S) + late, round(last * FRAMES_PER_S), 0.0, 1.0)
        again = NoteFound(0, 62, round(last * FRAMES_PER_S), round(last * FRAMES_PER_S) + 9, 0.0, 1.0)
        return Stretch(np.stack([part, 0 * part]), [note, again] if last > first else [])

    _, notes = run(np.zeros((1, samples), np.float32), held)
    found = [note for note in notes if note.pitch == 60]
    assert [(note.start_s, note.end_s) for note in found] == [
        (pytest.approx(begins_s, abs=0.03), pytest.approx(ends_s, abs=0.03))
    ]


@pytest.mark.parametrize("seam_s", [18.0, 34.0])
def test_a_note_that_begins_at_a_seam_is_neither_lost_nor_told_twice(seam_s):
    for begins_s in np.arange(seam_s - 0.03, seam_s + 0.03, 0.001):

        def struck(part, at_s, begins_s=begins_s):
            start = round((begins_s - at_s) * FRAMES_PER_S)
            inside = 0 <= start < part.shape[1] / TRACK_HZ * FRAMES_PER_S
            return Stretch(np.stack([part, 0 * part]), [NoteFound(0, 60, start, start + 40, 0.0, 1.0)] * inside)

        _, notes = run(np.zeros((1, 40 * TRACK_HZ), np.float32), struck, chunk=2_000_000)
        assert len(notes) == 1


def test_no_sound_gives_nothing():
    assert list(separated([], halves)) == []
