"""What is taken apart, who takes it apart, and what comes back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

RESIDUAL = "residual"
"""Name of the track of everything that was not asked for."""

Sound = NDArray[np.float32]
"""(sample,)"""


class Note(NamedTuple):
    """One note: who plays it, from when to when in seconds, and which, as a MIDI pitch."""

    label: str
    start_s: float
    end_s: float
    midi: float


@dataclass(frozen=True, eq=False)
class Case:
    """A mixture and its truth; all sounds are mono, equally long and on one clock.

    name     : tells it from the others of its set
    set      : see `sets.SETS`
    mixture  : (sample,)
    stems    : label -> what that instrument plays; none is silent
    residual : everything else in the mixture, or None where there is nothing else
    asked    : the labels that are to be given a track, for those who do not find names by themselves; of others than
               the stems' there is nothing in the mixture
    notes    : what the stems play, or None where nobody knows
    seen     : gives the eye's scores (label,), 0-1, of photos of those who play, in place of a video's frame; None
               where there are none
    """

    name: str
    set: str
    mixture: Sound
    rate_hz: int
    stems: dict[str, Sound]
    residual: Sound | None = None
    asked: tuple[str, ...] = ()
    notes: list[Note] | None = field(default=None, repr=False)
    seen: Callable[[], NDArray[np.floating]] | None = field(default=None, repr=False)

    @property
    def references(self) -> dict[str, Sound]:
        """The parts that truly make up the mixture, by label; what is left under `RESIDUAL`."""
        return self.stems if self.residual is None else self.stems | {RESIDUAL: self.residual}

    @property
    def duration_s(self) -> float:
        return len(self.mixture) / self.rate_hz


@dataclass(frozen=True)
class Estimates:
    """What somebody made of a mixture.

    tracks : label -> (sample,), as long as the mixture. Without one of `RESIDUAL`, that is what the others leave over
    notes  : what is played, or None from those who know no notes
    called : label of a stem -> what is played there by its own account, of those who were told no names and whose
             tracks stand here under the names they ought to have
    """

    tracks: dict[str, Sound]
    notes: list[Note] | None = None
    called: dict[str, str] | None = None


class Method(Protocol):
    """Somebody who takes mixtures apart."""

    def __call__(self, case: Case, /) -> Estimates | None:
        """What `case` consists of; None where such a case is not for this method. Only ceilings look at its truth."""
        ...
