"""Who of several plays, in made duets and trios where all move and one sounds; and who is taken for a player though
nobody plays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from milo_demo.evaluation.playing import times
from milo_demo.evaluation.playing.made import Made
from milo_demo.evaluation.playing.senses import Clip
from milo_demo.evaluation.table import Figure, Table, share
from milo_demo.instruments import LABELS

LITTLE = 0.2
"""What is not played should be said to be so no more surely than this."""


class Chosen(NamedTuple):
    """Of a step: whether the player that sounds has the highest score, 0-1, and how likely that is by chance."""

    right: float
    chance: float


def chosen(made: Made, clip: Clip) -> list[Chosen]:
    """For each step in which the player that sounds has a box, and another one too. Who shares the highest score with
    others is chosen by lot."""
    players = {"duet": 2, "trio": 3}[made.kind]
    found = []
    for scores, boxes in zip(clip.played.players, clip.seen.boxes, strict=True):
        by_place: dict[int, float] = {}
        for player, box in boxes.items():
            place = min(int(box.middle[0] * players), players - 1)
            by_place[place] = max(by_place.get(place, 0.0), scores[player])
        if made.plays in by_place and len(by_place) > 1:
            best = max(by_place.values())
            ahead = [place for place, score in by_place.items() if score == best > 0]
            found.append(Chosen((made.plays in ahead) / max(1, len(ahead)), 1 / len(by_place)))
    return found


def measure(ensembles: Sequence[tuple[Made, Clip]], idle: Sequence[tuple[Made, Clip]]) -> Table:
    """Of ensembles, the share of steps and of whole clips in which the right one was chosen; of made clips in which
    nobody plays, the share of steps in which little is said of the label."""
    rows: Table = {}
    for kind in dict.fromkeys(made.kind for made, _ in ensembles):
        own = [steps for made, clip in ensembles if made.kind == kind and (steps := chosen(made, clip))]
        if own:
            right, chance = np.concatenate(own).T
            rows[f"{kind}s: the right one, steps"] = {
                "ours": Figure(float(right.mean()), len(right)),
                "chance": Figure(float(chance.mean()), len(chance)),
            }
            most = [bool(np.mean([step.right for step in steps]) > 0.5) for steps in own]
            rows[f"{kind}s: the right one in most steps, clips"] = {"ours": share(most)}
    for kind in ["all", *dict.fromkeys(made.kind for made, _ in idle)]:
        own_idle = [(made, clip) for made, clip in idle if kind in ("all", made.kind)]
        said = {
            name: [
                says(clip, step, LABELS.index(made.label)) <= LITTLE
                for made, clip in own_idle
                for step in range(len(clip.witness.hands))
            ]
            for name, says in times.SAYS.items()
            if name in ("heard x seen", "ours")
        }
        rows[f"nobody plays, {kind}: no more than {LITTLE:.0%}"] = {name: share(few) for name, few in said.items()}
    return rows
