"""One name from two senses: an instrument that the ear and the eye each call something else.

Whoever is heard clearly and is not in the picture, while somebody is in the picture who looks much alike and is not
heard, are most likely one: a ukulele passes for a guitar in a picture. So, where the ear is in doubt, do an instrument
that is surely seen and its neighbour that is heard, or something of its family that is heard under no name. The sense
that is sure gives the name, and the page says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import ClipScore
from milo_demo.grid import COUNTS, SURE, pool
from milo_demo.hearing.listen import Heard
from milo_demo.hearing.localise import Direction
from milo_demo.instruments import BY_NAME, FAMILIES, LABELS, LOOK_ALIKES
from milo_demo.outside import OTHERS, OUTSIDERS
from milo_demo.seeing.watch import Seen


def agree(clip: Sequence[ClipScore], heard: Heard, seen: Seen) -> tuple[Heard, Seen, list[str]]:
    """Both senses with one name for what they call differently, and a sentence for each that has lost its name.

    clip : the verdict on what is heard and seen
    """
    ear = {row.label: row.heard or 0.0 for row in clip}
    eye = {row.label: row.seen for row in clip if row.seen is not None}
    said = []
    for label in sorted(eye, key=lambda label: -eye[label]):
        if eye[label] < COUNTS or ear[label] >= COUNTS:
            continue
        if (name := _sounding(label, ear, eye)) is not None:
            seen = replace(seen, maps=_renamed(seen.maps, label, name), boxes=_boxes(seen, label, name))
            eye[name], eye[label] = eye[label], 0.0
            said.append(f"What is seen as {_title(label)} is taken for the {_title(name)} that is heard.")
        elif eye[label] >= SURE and (name := _doubtful(label, ear, eye)) is not None:
            heard = replace(
                heard,
                instruments=_swapped(heard.instruments, name, label),
                directions=_placed(heard.directions, {name: label, label: name}),
            )
            ear[label], ear[name] = ear[name], ear[label]
            said.append(f"What is heard as {_title(name)} is taken for the {_title(label)} that is seen.")
        elif eye[label] >= SURE and _nameless(BY_NAME[label].family, ear, heard):
            heard = replace(heard, instruments=_lent(heard, label))
            ear[label] = float(pool(heard.instruments.astype(np.float32))[LABELS.index(label)])
            said.append(f"The {BY_NAME[label].family} that is heard is taken for the {_title(label)} that is seen.")
    return heard, seen, said


def _sounding(label: str, ear: Mapping[str, float], eye: Mapping[str, float]) -> str | None:
    """Who is heard surely, or more so than `label` is seen, is not seen, and looks like it: the surest."""
    alike = next((group for group in LOOK_ALIKES if label in group), frozenset())
    enough = min(SURE, eye[label])
    known = [name for name in sorted(alike - {label}) if ear[name] >= enough and eye.get(name, 1.0) < COUNTS]
    return max(known, key=ear.__getitem__, default=None)


def _doubtful(label: str, ear: Mapping[str, float], eye: Mapping[str, float]) -> str | None:
    """Who of the family is heard, but not surely, and is not seen: the surest."""
    family = BY_NAME[label].family
    known = [
        name
        for name, score in ear.items()
        if name != label and BY_NAME[name].family == family and COUNTS <= score < SURE and eye.get(name, 1.0) < COUNTS
    ]
    return max(known, key=ear.__getitem__, default=None)


def _nameless(family: str, ear: Mapping[str, float], heard: Heard) -> bool:
    """Whether something of a family is surely heard, but none of its instruments, in the taxonomy or outside."""
    if not heard.families.size or pool(heard.families.astype(np.float32))[FAMILIES.index(family)] < SURE:
        return False
    others = dict(zip(OTHERS, pool(heard.others.astype(np.float32)).tolist(), strict=True))
    outside = [others[name] for name, (kin, _) in OUTSIDERS.items() if kin == family]
    return max([*outside, *(ear[name] for name in ear if BY_NAME[name].family == family)], default=0.0) < COUNTS


def _lent(heard: Heard, label: str) -> NDArray:
    """What is heard (step, label), with the family's scores for one of its labels."""
    scores = heard.instruments.copy()
    own = scores[:, LABELS.index(label)]
    scores[:, LABELS.index(label)] = np.maximum(own, heard.families[:, FAMILIES.index(BY_NAME[label].family)])
    return scores


def _renamed(maps: NDArray, label: str, name: str) -> NDArray:
    """Maps (step, label, …) in which `label` is `name` as well."""
    old, new = LABELS.index(label), LABELS.index(name)
    moved = maps.copy()
    moved[:, new] = np.maximum(maps[:, new], maps[:, old])
    moved[:, old] = 0
    return moved


def _boxes(seen: Seen, label: str, name: str) -> list[dict]:
    old, new = LABELS.index(label), LABELS.index(name)
    return [
        {player: box._replace(label=new) if box.label == old else box for player, box in shown.items()}
        for shown in seen.boxes
    ]


def _swapped(scores: NDArray, one: str, other: str) -> NDArray:
    """Scores (step, label) in which two labels have each other's."""
    first, second = LABELS.index(one), LABELS.index(other)
    swapped = scores.copy()
    swapped[:, [first, second]] = scores[:, [second, first]]
    return swapped


def _placed(directions: Mapping[str, Direction] | None, names: Mapping[str, str]) -> dict[str, Direction] | None:
    return None if directions is None else {names.get(label, label): where for label, where in directions.items()}


def _title(label: str) -> str:
    return BY_NAME[label].title
