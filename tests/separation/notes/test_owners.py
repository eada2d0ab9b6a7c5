import numpy as np
import pytest

from milo_demo.models.owner import POOLED
from milo_demo.separation.notes.owners import NoteFound, find_notes, pitched, pooled
from milo_demo.separation.notes.salience import LOWEST_PITCH, Salience

FRAMES = 40
PITCHES = 88


def heard(*onsets: tuple[int, int], cents: int = 0) -> Salience:
    """What the note network hears: onsets (pitch, frame) of notes that sound all the time; every pitch a third of a
    semitone off per 33 cents."""
    onset = np.zeros((PITCHES, FRAMES * POOLED), np.float32)
    for pitch, frame in onsets:
        onset[pitch, frame] = 0.9
    contour = np.zeros((264, FRAMES * POOLED), np.float32)
    contour[1 + round(cents / 33) :: 3] = 1
    return Salience(np.ones_like(onset), onset, contour, np.zeros((309, FRAMES * POOLED), np.float32))


def chances(*notes: tuple[int, int, int, int], players: int = 2) -> np.ndarray:
    """Owners' chances where notes (player, pitch, from, to) are sure."""
    result = np.full((players + 2, PITCHES, FRAMES), 0.01, np.float32)
    result[-1] = 1
    for player, pitch, start, end in notes:
        result[player, pitch, start:end] = 0.96
        result[-1, pitch, start:end] = 0.02
    return result / result.sum(axis=0)


def spans(notes: list[NoteFound]) -> list[tuple[int, int, int, int]]:
    return [(note.player, note.pitch - LOWEST_PITCH, note.start, note.end) for note in notes]


def test_a_note_begins_on_its_attack_and_ends_with_its_sound():
    found = find_notes(heard((30, 42)), chances((0, 30, 10, 20)), ["violin", "flute"])
    assert spans(found) == [(0, 30, 42, 80)]
    assert found[0].score > 0.9 and found[0].start_s == pytest.approx(42 / 86.13, abs=1e-3)


def test_a_new_attack_is_a_new_note_a_trembling_one_is_not():
    onsets = heard((30, 40), (30, 60))
    assert [start for *_, start, _ in spans(find_notes(onsets, chances((0, 30, 10, 20)), ["flute", "violin"]))] == [
        40,
        60,
    ]
    onsets.onset[30, 60] = 0.65
    assert len(find_notes(onsets, chances((0, 30, 10, 20)), ["flute", "violin"])) == 1
    assert len(find_notes(onsets, chances((0, 30, 10, 20)), ["piano", "violin"])) == 2


def test_chords_are_played_by_those_who_can():
    chord = chances((0, 30, 5, 15), (0, 34, 5, 15), (0, 37, 5, 15), (1, 50, 5, 15))
    attacks = heard((30, 20), (34, 20), (37, 20))
    assert [span[:2] for span in spans(find_notes(attacks, chord, ["piano", "flute"]))] == [
        (0, 30), (0, 34), (0, 37), (1, 50)
    ]  # fmt: skip
    assert sum(player == 0 for player, *_ in spans(find_notes(attacks, chord, ["clarinet", "flute"]))) == 1


def test_of_chords_what_nobody_strikes_is_no_note_nor_what_is_no_longer_heard():
    attacks, chord = heard((30, 20), (34, 21)), chances((0, 30, 5, 15), (0, 34, 5, 15), (0, 37, 5, 15))
    attacks.note[34, 40:] = 0.1
    assert spans(find_notes(attacks, chord, ["piano", "flute"])) == [(0, 30, 20, 60), (0, 34, 21, 40)]


@pytest.mark.parametrize("fainter, apart, found", [(0.7, 0, [30]), (0.7, 12, [30, 42]), (0.85, 0, [30, 42])])
def test_an_overtone_that_is_not_struck_itself_is_no_note(fainter, apart, found):
    attacks = heard((30, 20), (42, 20 + apart))
    attacks.onset[42] *= fainter / 0.9
    octave = chances((0, 30, 5, 15), (0, 42, (20 + apart) // POOLED, 15))
    assert [pitch for _, pitch, *_ in spans(find_notes(attacks, octave, ["guitar", "flute"]))] == found


def test_how_far_off_a_note_is():
    notes = find_notes(heard((30, 40), cents=33), chances((0, 30, 10, 20)), ["violin", "flute"])
    assert notes[0].cents == pytest.approx(33, abs=12)


def test_drums_have_no_notes():
    assert pitched(["drum", "violin", "congas"]) == ["violin"]
    found = find_notes(heard((30, 40)), chances((0, 30, 10, 20)), ["drum", "violin"])
    assert all(note.player == 1 for note in found)


def test_frames_are_pooled_to_the_last_one():
    assert pooled(np.arange(6, dtype=np.float32)[None])[0].tolist() == [[0, 1, 2, 3], [4, 5, 5, 5]]
