"""How well it is told who plays: ``python -m milo_demo evaluate playing --data DIR``.

where   : how far from where people saw the instruments touched, by each method (`places`)
when    : of annotated steps, and of made clips in which nobody plays (`times`)
who     : of made duets and trios, and the false alarms (`several`, `made`)
stage   : the action models on the made stage, the document's tables (`stage`), and what they learned (`learned`)
source  : which pixels make the sound (`source`)
YT8M-IPA: the published marks, of which the videos are not at hand: how far they are from the middle of the frame

Everything goes the program's own way, but that there is no separation; some steps are looked at more often than the
program does.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from milo_demo.errors import MiloError
from milo_demo.evaluation.playing import actions, annotations, learned, made, places, several, source, stage, times
from milo_demo.evaluation.playing.annotations import Marked
from milo_demo.evaluation.playing.senses import Clip, sense
from milo_demo.evaluation.table import Printer, Table
from milo_demo.playing import hands


def evaluate(data: Path, pictures: Path | None = None, workdir: Path | None = None) -> Table:
    """Measure all of it; print and return what is found. Takes a quarter of an hour.

    data     : has clips/ (see `annotations`); annotations/yt8m_ipa.tar.gz, images and recordings where there are any
    pictures : folder to draw into: movements.svg, what the action model learned
    workdir  : where the made stage's shows stay, which take some minutes to make

    Raises MiloError where there are no clips, or a checkpoint is missing.
    """
    data, printer = Path(data), Printer()
    if (data / annotations.PUBLISHED).is_file():
        printer.show(places.centre_of_published(annotations.published(data / annotations.PUBLISHED)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = actions.models()
        clips = [(marked, actions.with_actions(clip, asked, marked.name)) for marked, clip in _marked(data, folder)]
        if not clips:
            raise MiloError(f"{data} has no clips that somebody has marked: point --data at the training data.")
        printer.show(places.measure(clips))
        printer.show(source.on_clips(data, clips))
        finder = hands.load()
        idle = [(each, sense(each.path, _inner(folder), finder)) for each in made.idle(data, folder)]
        printer.show(times.measure(clips, [(each.label, actions.with_actions(clip, asked)) for each, clip in idle]))
        ensembles = [(each, sense(each.path, _inner(folder), finder)) for each in made.ensembles(data, folder)]
        printer.show(several.measure(ensembles, idle))
        shows = stage.shows(data, folder if workdir is None else workdir)
    networks = stage.networks()
    measured = stage.clips(shows, networks)
    printer.show(stage.by_target(measured))
    printer.show(stage.by_instrument(measured))
    printer.show(source.table(data))
    if pictures is not None:
        learned.draw(networks["SOT"], shows, pictures / "movements.svg")
    return printer.table


def _marked(data: Path, folder: Path) -> Iterator[tuple[Marked, Clip]]:
    finder = hands.load()
    for marked in annotations.ours():
        path = data / "clips" / marked.name
        if path.is_file():
            yield marked, sense(path, _inner(folder), finder, marked.steps)


def _inner(folder: Path) -> Path:
    """Where copies go, apart from what they are copies of."""
    inner = folder / "copies"
    inner.mkdir(exist_ok=True)
    return inner
