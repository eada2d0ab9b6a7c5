"""annotated.mp4 of a result that is there, with what one wishes to see and hear in it."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from milo_demo.analysis import Analysis
from milo_demo.export.look import Look
from milo_demo.export.mix import Parts, write_mix
from milo_demo.folder import refuse
from milo_demo.saved import packing

NAME = "annotated.mp4"


@dataclass(frozen=True)
class Wish:
    """What is to be seen and heard.

    look   : what is drawn; None: as the analysis says
    levels : how loud each track is, by its label, 1 as in the clip; None: the clip's own sound
    cuts   : parts in seconds in which a track is silent
    """

    look: Look | None = None
    levels: Mapping[str, float] | None = None
    cuts: Mapping[str, Parts] = field(default_factory=dict)


def annotate(folder: Path, wish: Wish | None = None) -> Generator[float, None, None]:
    """Draw an analysis into its clip: read the result in `folder`, write annotated.mp4 there, yield the fraction done.
    What was packed before goes, because it holds another or none.

    Raises MiloError where there is no result, or the file cannot be written.
    """
    from milo_demo.export.render import annotate as render  # and with it torch, which takes seconds

    wish = wish or Wish()
    analysis = Analysis.load(folder)
    refuse(folder, [NAME])
    mix = None
    try:
        if wish.levels is not None and analysis.tracks:
            mix = folder / f".{NAME}.flac"
            for _ in write_mix(analysis.tracks, folder, wish.levels, wish.cuts, mix):
                yield 0.0
        look = wish.look or Look(analysis.options.threshold)
        yield from render(folder / "video.mp4", analysis, folder / NAME, look, mix)
    finally:
        if mix:
            mix.unlink(missing_ok=True)
    (folder / packing.NAME).unlink(missing_ok=True)
    analysis.add_file(folder, NAME)
