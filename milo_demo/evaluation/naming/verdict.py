"""What both senses say together: ``python -m milo_demo evaluate verdict --data DIR``.

Solo phrases and photos of one instrument, neither of which was trained on, make pairs: who says its name first? And
pairs of unlike instruments, whose names are both right: how often is one of them lost?

ear, eye : one sense alone
either   : the probability that one of them is right, `fusion.verdict`
MILO     : the same once `fusion.agree` has given one name to what they call differently
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import ClipScore
from milo_demo.evaluation.hearing import baselines
from milo_demo.evaluation.hearing.answers import listen
from milo_demo.evaluation.hearing.recordings import phrases
from milo_demo.evaluation.table import Figure, Printer, Table
from milo_demo.features.tempo import Tempo
from milo_demo.fusion.agree import agree
from milo_demo.fusion.verdict import verdict
from milo_demo.grid import COUNTS, SIDE_PX
from milo_demo.hearing import classify
from milo_demo.hearing.listen import Heard
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.seeing import detect
from milo_demo.seeing.watch import Seen
from milo_demo.training.seeing import photos

WHO = ("ear", "eye", "either", "MILO")
FIRST = 3


def evaluate(data: Path) -> Table:
    """Measure; print and return what is found. Takes two minutes.

    data : folder with recordings and images

    Raises MiloError where the data or the checkpoints are missing.
    """
    printer = Printer(WHO)
    sounds, pictures = _heard(Path(data)), _seen(Path(data))
    alike = [(label, ear, label, eye) for label, ear in sounds for kind, eye in pictures if kind == label]
    unlike = [
        (label, ear, kind, eye)
        for label, ear in sounds
        for kind, eye in pictures
        if BY_NAME[label].family != BY_NAME[kind].family
    ]
    printer.show(_table(alike, unlike))
    return printer.table


def _heard(data: Path) -> list[tuple[str, NDArray[np.float32]]]:
    """Label and scores (label,) of every solo phrase."""
    ear = baselines.program(classify.load(tags=False))
    answers = listen(ear, list(phrases(data)))
    return [(LABELS[int(one.truth[0].argmax())], one.clip) for one in answers]


def _seen(data: Path) -> list[tuple[str, NDArray[np.float32]]]:
    """Label and scores (label,) of every photo of an instrument that no recipe trains on."""
    eye, found = detect.load(), []
    for photo in photos.split(photos.find(data))["report"]:
        if photo.kind in BY_NAME:
            sight = detect.look(np.array(photos.read(photo.path, SIDE_PX)), eye)
            scores = sight.maps[0].max(axis=(1, 2)).astype(np.float32)
            for box in sight.found[0]:
                scores[box.label] = max(scores[box.label], box.score)
            found.append((photo.kind, scores))
    return found


def _rows(ear: NDArray | None, eye: NDArray | None, agreed: bool = False) -> list[ClipScore]:
    rows = verdict(ear, eye, LABELS[:-1])
    if not agreed or ear is None or eye is None:
        return rows
    nothing, no_tempo = np.zeros((1, 0), np.float32), Tempo(np.zeros(1, np.float32), ())
    heard = Heard(ear[None].astype(np.float16), nothing.astype(np.float16), no_tempo, None, (), nothing)
    heard, seen, _ = agree(rows, heard, Seen(eye[None, :, None, None], [{}], LABELS[:-1], ()))
    return verdict(heard.instruments[0], seen.maps[0, :, 0, 0], LABELS[:-1])


def _table(alike: list, unlike: list) -> Table:
    said = {
        "ear": lambda ear, eye: _rows(ear, None),
        "eye": lambda ear, eye: _rows(None, eye),
        "either": _rows,
        "MILO": lambda ear, eye: _rows(ear, eye, agreed=True),
    }
    table: Table = {}
    for who, say in said.items():
        ranked = [(label, [row.label for row in say(ear, eye)]) for label, ear, _, eye in alike]
        for name, count in (("pairs of one label: first", 1), (f"pairs of one label: among {FIRST}", FIRST)):
            hits = [label in names[:count] for label, names in ranked]
            table.setdefault(name, {})[who] = Figure(float(np.mean(hits)), len(hits))
        alone = [{row.label for row in say(ear, eye) if row.score >= COUNTS} == {label} for label, ear, _, eye in alike]
        table.setdefault("pairs of one label: the only name", {})[who] = Figure(float(np.mean(alone)), len(alone))
    for who in ("either", "MILO"):
        named = [
            {label, kind} <= {row.label for row in said[who](ear, eye) if row.score >= COUNTS}
            for label, ear, kind, eye in unlike
        ]
        table.setdefault("pairs of unlike families: both named", {})[who] = Figure(float(np.mean(named)), len(named))
    return table
