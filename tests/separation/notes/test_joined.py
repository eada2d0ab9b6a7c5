import math

from milo_demo.separation.notes.joined import Joined
from milo_demo.separation.notes.owners import NoteFound
from milo_demo.separation.notes.salience import FRAMES_PER_S


def note(start_s: float, end_s: float, pitch: int = 60, player: int = 0) -> NoteFound:
    return NoteFound(player, pitch, round(start_s * FRAMES_PER_S), round(end_s * FRAMES_PER_S), 0.0, 1.0)


def joined(first: list[NoteFound], second: list[NoteFound]) -> list[tuple[int, int, float, float]]:
    """Player, pitch, and tenths of seconds of a clip of two stretches, from 0 and 16 s on, with the seam at 18 s."""
    notes = Joined()
    found = [*notes.add(first, 0.0, 18.0), *notes.add(second, 16.0, math.inf)]
    return sorted((it.player, it.pitch, round(it.start_s, 1), round(it.end_s, 1)) for it in found)


def test_what_becomes_of_a_note_is_known_by_the_later_stretch():
    cut_off, on, next_one = note(17.5, 20), note(0.5, 2.3), note(2.4, 3.5)
    assert joined([cut_off], [on, next_one]) == [(0, 60, 17.5, 18.3), (0, 60, 18.4, 19.5)]
    assert joined([cut_off], [note(1.5, 9)]) == [(0, 60, 17.5, 25.0)]


def test_where_the_later_stretch_does_not_hear_it_it_ends_as_it_did():
    assert joined([note(17.5, 19)], [note(0.5, 9, pitch=61), note(0.5, 9, player=1)]) == [(0, 60, 17.5, 19.0)]


def test_what_only_one_of_them_may_tell_the_other_does_not():
    assert joined([note(18.5, 19)], [note(1, 1.5)]) == []
