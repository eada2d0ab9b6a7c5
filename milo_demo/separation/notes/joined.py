"""Notes of stretches that overlap, as notes of the clip: each is told once, and one that is held across a seam is one.

Of two stretches the earlier one knows what begins before the seam between them, the later one what becomes of it after.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from milo_demo.separation.notes.owners import NoteFound

APART_S = 0.05
"""By how much two stretches may differ about when the same note begins."""


class TimedNote(NamedTuple):
    """A note of a clip: its player's index among the names asked for, MIDI pitch, seconds, cents, how sure it is."""

    player: int
    pitch: int
    start_s: float
    end_s: float
    cents: float
    score: float

    def same(self, other: "TimedNote") -> bool:
        """Whether the same player has the same key, at whatever time."""
        return (self.player, self.pitch) == (other.player, other.pitch)


@dataclass
class Joined:
    """Joins the notes of one stretch after the other.

    seam_s : where the next stretch takes over
    told   : notes of the stretch before
    held   : those that last beyond the seam, and are not told yet
    """

    seam_s: float = 0.0
    told: list[TimedNote] = field(default_factory=list)
    held: list[TimedNote] = field(default_factory=list)

    def add(self, notes: Sequence[NoteFound], from_s: float, until_s: float) -> list[TimedNote]:
        """The next stretch's notes in; the clip's that are known whole by now out.

        from_s  : second of the clip in which the stretch begins
        until_s : second in which the one after it takes over; infinite if it is the last
        """
        heard = [
            TimedNote(it.player, it.pitch, from_s + it.start_s, from_s + it.end_s, it.cents, it.score) for it in notes
        ]
        whole = [self._whole(note, heard) for note in self.held]
        known = [*self.told, *whole]
        whole += [
            note
            for note in heard
            if self.seam_s - APART_S <= note.start_s < until_s
            and not any(it.same(note) and it.start_s < note.end_s and note.start_s < it.end_s for it in known)
        ]
        self.seam_s = until_s
        self.held = [note for note in whole if note.end_s > until_s]
        self.told = [note for note in whole if note.end_s <= until_s]
        return self.told

    def _whole(self, note: TimedNote, heard: Sequence[TimedNote]) -> TimedNote:
        """A note that lasts beyond the seam, ending as the stretch after it hears it, if that hears it there."""
        for it in heard:
            if it.same(note) and it.start_s - APART_S <= self.seam_s < it.end_s:
                return note._replace(end_s=it.end_s)
        return note
