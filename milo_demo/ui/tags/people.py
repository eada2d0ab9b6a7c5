"""The tags for people: several spellings of one thing are one, and what tells nothing is left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import Analysis
from milo_demo.grid import COUNTS
from milo_demo.tags import GROUP_OF, SYNONYMS, UNTOLD

SPELLS = {raw: name for name, spellings in SYNONYMS.items() for raw in spellings}


@dataclass(frozen=True)
class Told:
    """A tag as people read it.

    group : the tag group that it is shown in
    score : that of the spelling that describes the clip best, 0-1
    raw   : the tags that it stands for, as models and files have them
    """

    name: str
    group: str
    score: float
    raw: tuple[str, ...]

    @property
    def counts(self) -> bool:
        return self.score >= COUNTS

    def over_time(self, analysis: Analysis) -> NDArray[np.floating]:
        """How well it describes each step, (time,), 0-1."""
        maps = analysis.maps
        return maps.tags[:, [maps.tag_labels.index(raw) for raw in self.raw]].max(axis=1)


def told(analysis: Analysis) -> list[Told]:
    """All tags of a clip as people read them, best first."""
    spellings: dict[str, list[str]] = {}
    best: dict[str, float] = {}
    for tag in analysis.tags:
        if tag.label in UNTOLD:
            continue
        name = SPELLS.get(tag.label, tag.label)
        spellings.setdefault(name, []).append(tag.label)
        best[name] = max(best.get(name, 0.0), tag.score)
    found = [Told(name, GROUP_OF[name], best[name], tuple(raw)) for name, raw in spellings.items()]
    return sorted(found, key=lambda tag: -tag.score)
