"""Analyses on a card that a Space lends (ZeroGPU), asked for as long as the clip's length wants it; elsewhere as ever.

The lent card's call runs in a process of its own. What it yields is copied, and of an error only the kind comes
through: so the analysis travels when a stage has something new, and a sentence travels as what it is.
"""

import math
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

from milo_demo import machine
from milo_demo.errors import MiloError
from milo_demo.machine import gpu
from milo_demo.media.normalise import span
from milo_demo.media.probe import probe
from milo_demo.options import AnalysisOptions

START_S, SHARE = 20.0, 0.6
"""Asked for: to load the networks, and of the clip's length, what two processors need without a card."""

Steps = Callable[..., Generator[Any, None, None]]


def lent(steps: Steps) -> Steps:
    """`pipeline.steps`, on a lent card where this is a Space with such and has the package for it."""
    if not gpu.LENT:
        return steps
    machine.make_way_for_the_page()  # the package imports Gradio
    try:
        import spaces  # type: ignore[reportMissingImports]  # the Hub installs it
    except ImportError:
        return steps

    def inside(
        source: str | Path, options: AnalysisOptions, folder: Path, earlier: Path | None = None
    ) -> Generator[Any, None, None]:
        with gpu.borrowed(), closing(steps(source, options, folder, earlier)) as run:
            try:
                for step in run:
                    yield step if step.fraction == 1 else replace(step, analysis=None)
            except MiloError as error:
                yield str(error)

    on_a_card = spaces.GPU(duration=seconds)(inside)

    @wraps(steps)
    def outside(
        source: str | Path, options: AnalysisOptions, folder: Path, earlier: Path | None = None
    ) -> Generator[Any, None, None]:
        analysis = None
        with closing(on_a_card(source, options, folder, earlier)) as run:
            for step in run:
                if isinstance(step, str):
                    raise MiloError(step)
                analysis = step.analysis or analysis
                yield replace(step, analysis=analysis)

    return outside


def seconds(source: str | Path, options: AnalysisOptions, folder: Path, earlier: Path | None = None) -> int:
    """How long to ask for a card to analyse a file. Raises MiloError where it cannot be read.

    >>> seconds("assets/examples/drawn_duet.mp4", AnalysisOptions(duration_s=10), Path())
    26
    """
    taken_s, _ = span(probe(source, options.audio_track), options.start_s, options.duration_s)
    return math.ceil(START_S + SHARE * taken_s)
