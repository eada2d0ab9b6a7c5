"""How well it is told who plays: ``python -m milo_demo evaluate playing --data DIR``.

where   : how far from where people saw the instruments touched, by each method (`places`)
when    : of annotated steps, and of made clips in which nobody plays (`times`)
who     : of made duets and trios, and the false alarms (`several`, `made`)
YT8M-IPA: the published marks, of which the videos are not at hand: how far they are from the middle of the frame

Everything goes the program's own way, but that there is no separation; some steps are looked at more often than the
program does.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from milo_demo.errors import MiloError
from milo_demo.evaluation.playing import annotations, made, places, several, times
from milo_demo.evaluation.playing.annotations import Marked
from milo_demo.evaluation.playing.senses import Clip, sense
from milo_demo.evaluation.table import Printer, Table
from milo_demo.playing import hands


def evaluate(data: Path) -> Table:
    """Measure all of it; print and return what is found. Takes ten minutes.

    data : has clips/ (see `annotations`); annotations/yt8m_ipa.tar.gz, images/new and recordings/ where there are any

    Raises MiloError where there are no clips, or a checkpoint is missing.
    """
    data, printer = Path(data), Printer()
    if (data / annotations.PUBLISHED).is_file():
        printer.show(places.centre_of_published(annotations.published(data / annotations.PUBLISHED)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = list(_marked(data, folder))
        if not clips:
            raise MiloError(f"{data} has no clips that somebody has marked: point --data at the training data.")
        printer.show(places.measure(clips))
        finder = hands.load()
        idle = [(each, sense(each.path, _inner(folder), finder)) for each in made.idle(data, folder)]
        printer.show(times.measure(clips, [(each.label, clip) for each, clip in idle]))
        ensembles = [(each, sense(each.path, _inner(folder), finder)) for each in made.ensembles(data, folder)]
        printer.show(several.measure(ensembles, idle))
    return printer.table


def _marked(data: Path, folder: Path) -> Iterator[tuple[Marked, Clip]]:
    finder = hands.load()
    for marked in annotations.ours():
        path = data / "clips" / marked.name
        if path.is_file():
            steps = {step for step, places in marked.steps.items() if len(places)}
            yield marked, sense(path, _inner(folder), finder, steps)


def _inner(folder: Path) -> Path:
    """Where copies go, apart from what they are copies of."""
    inner = folder / "copies"
    inner.mkdir(exist_ok=True)
    return inner
