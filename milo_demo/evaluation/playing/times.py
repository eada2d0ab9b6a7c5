"""When an instrument is played: the area under the ROC curve over annotated steps (Liu 2018, section 4.3.3).

A clip without sound is left out. Who says how surely the label is played:

heard, seen   : the ear, the eye
heard x seen  : their product
anything      : whatever is heard × whatever is seen
movement      : the fastest that moves, anywhere
VT … hands    : the action models and their fusions, see `actions`
hands         : how surely there is a hand
ours          : what the record says
"""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from milo_demo.evaluation.playing.actions import ALONE, FUSIONS
from milo_demo.evaluation.playing.annotations import Marked
from milo_demo.evaluation.playing.senses import Clip
from milo_demo.evaluation.table import Figure, Table
from milo_demo.instruments import LABELS
from milo_demo.playing.touch import VOICE

Says = Callable[[Clip, int, int], float]
"""Of a clip with sound, a step and a label: how surely it is played."""


def heard(clip: Clip, step: int, label: int) -> float:
    assert clip.heard is not None
    return float(clip.heard.instruments[step, label])


def seen(clip: Clip, step: int, label: int) -> float:
    return float(clip.seen.maps[step, label].max(initial=0))


def _anything(clip: Clip, step: int, label: int) -> float:
    labels = [index for index in range(len(LABELS)) if index != VOICE]
    return max(heard(clip, step, each) for each in labels) * max(seen(clip, step, each) for each in labels)


def _movement(clip: Clip, step: int, label: int) -> float:
    return float(clip.movement(step).max())


def _ours(clip: Clip, step: int, label: int) -> float:
    assert clip.played.scores is not None
    return float(clip.played.scores[step, label])


def _action(name: str) -> Says:
    return lambda clip, step, label: float(clip.actions[name][step, label].max())


SAYS: dict[str, Says] = {
    "heard": heard,
    "seen": seen,
    "heard x seen": lambda clip, step, label: heard(clip, step, label) * seen(clip, step, label),
    "anything": _anything,
    "movement": _movement,
    **{name: _action(name) for name in (*ALONE, *FUSIONS)},
    "hands": lambda clip, step, label: max((hand.score for hand in clip.witness.hands[step]), default=0.0),
    "ours": _ours,
}


def measure(clips: Sequence[tuple[Marked, Clip]], idle: Sequence[tuple[str, Clip]]) -> Table:
    """The area of each: over annotated steps, and over these and all steps of made clips in which nothing is played.

    idle : the label that is heard or seen, and the clip
    """
    audible = [(marked, clip) for marked, clip in clips if clip.heard is not None]
    truth = [bool(len(marks)) for marked, _ in audible for marks in marked.steps.values()]
    rows: Table = {"AUC, annotated steps": {}, "AUC, with made clips in which nobody plays": {}}
    for name, says in SAYS.items():
        real = [says(clip, step, LABELS.index(marked.label)) for marked, clip in audible for step in marked.steps]
        made = [
            says(clip, step, LABELS.index(label)) for label, clip in idle for step in range(len(clip.witness.hands))
        ]
        rows["AUC, annotated steps"][name] = Figure(float(roc_auc_score(truth, real)), len(real))
        both, none = [*real, *made], [False] * len(made)
        area = float(roc_auc_score([*truth, *none], both))
        rows["AUC, with made clips in which nobody plays"][name] = Figure(area, len(both))
    played = [says for says, plays in zip(_scores(audible), truth, strict=True) if plays]
    rows["played from 50 % on, of steps in which somebody plays"] = {
        "ours": Figure(float(np.mean(np.array(played) >= 0.5)), len(played))
    }
    return rows


def _scores(clips: Sequence[tuple[Marked, Clip]]) -> list[float]:
    return [_ours(clip, step, LABELS.index(marked.label)) for marked, clip in clips for step in marked.steps]
