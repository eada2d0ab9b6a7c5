"""Who of several plays, in made duets and trios where all move and one sounds; and who is taken for a player though
nobody plays."""

from collections.abc import Sequence

import numpy as np

from milo_demo.evaluation.playing import times
from milo_demo.evaluation.playing.made import Made
from milo_demo.evaluation.playing.senses import Clip
from milo_demo.evaluation.table import Table, share
from milo_demo.instruments import LABELS

LITTLE = 0.2
"""What is not played should be said to be so no more surely than this."""


def right(made: Made, clip: Clip) -> list[bool]:
    """For each step in which the player that sounds has a box, and another one too: does it have the highest score?"""
    players = {"duet": 2, "trio": 3}[made.kind]
    found = []
    for scores, boxes in zip(clip.played.players, clip.seen.boxes, strict=True):
        by_place: dict[int, float] = {}
        for player, box in boxes.items():
            place = min(int(box.middle[0] * players), players - 1)
            by_place[place] = max(by_place.get(place, 0.0), scores[player])
        if made.plays in by_place and len(by_place) > 1:
            best = max(by_place.values())
            found.append(best > 0 and by_place[made.plays] == best)
    return found


def measure(ensembles: Sequence[tuple[Made, Clip]], idle: Sequence[tuple[Made, Clip]]) -> Table:
    """Of ensembles, the share of steps and of whole clips in which the right one was chosen; of made clips in which
    nobody plays, the share of steps in which little is said of the label."""
    rows: Table = {}
    for kind in dict.fromkeys(made.kind for made, _ in ensembles):
        own = [chosen for made, clip in ensembles if made.kind == kind and (chosen := right(made, clip))]
        steps = [step for chosen in own for step in chosen]
        if own:
            rows[f"{kind}s: the right one, steps"] = {"ours": share(steps)}
            rows[f"{kind}s: the right one in most steps, clips"] = {
                "ours": share([bool(np.mean(some) > 0.5) for some in own])
            }
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
