"""One moment of a result: what is heard, seen and played there, and the picture with all of that drawn in."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from milo_demo.analysis import Analysis, rounded
from milo_demo.errors import MiloError
from milo_demo.export.look import Look
from milo_demo.grid import STEPS_PER_S

FAINT = 0.05
"""Scores below this are not told: nobody reads twenty lines of nothing."""


def explain_frame(folder: Path, second: float) -> tuple[dict[str, Any], Image.Image | None]:
    """What is there at one second of the result in `folder`, and the annotated picture; None where it has none.

    Returned are ``second``, ``step`` (of the analysis grid, which has 1.95 a second), ``threshold``, what is ``heard``,
    ``seen`` and ``played`` (label to score, 0-1, best first, down to FAINT), whatever else is heard (``others``), the
    ``boxes`` of the step, those of ``words`` that were looked for, and the ``notes`` that sound.

    Raises MiloError where there is no result, or no such second in it.
    """
    analysis = Analysis.load(folder)
    media, maps, threshold = analysis.media, analysis.maps, analysis.options.threshold
    if not 0 <= second < media.duration_s:
        raise MiloError(f"The clip has {media.duration_s:.1f} seconds: there is no second {second:g} in it.")
    step = min(int(second * STEPS_PER_S), len(maps.time_s) - 1)
    others = [event.label for event in analysis.events if event.kind == "other" and _at(second, event)]
    told = {
        "second": second,
        "step": step,
        "threshold": threshold,
        "heard": _row(maps.sound, step, maps.labels),
        "seen": _row(analysis.seen(), step, maps.labels) if maps.object.size else {},
        "played": _row(maps.played, step, maps.labels),
        "others": others,
        "boxes": [asdict(box) for box in analysis.boxes if round(box.time_s * STEPS_PER_S) == step],
        "words": [asdict(box) for box in analysis.words if box.time_s <= second < box.until_s],
        "notes": [asdict(note) for note in analysis.notes if _at(second, note)],
    }
    return rounded(told), _picture(folder / "video.mp4", analysis, second)


def _row(scores: NDArray[np.floating], step: int, labels: tuple[str, ...]) -> dict[str, float]:
    """One step of (time, label) by label, best first."""
    if not scores.size:
        return {}
    found = zip(labels, scores[step].astype(float).tolist(), strict=True)
    return dict(sorted((it for it in found if it[1] >= FAINT), key=lambda it: -it[1]))


def _at(second: float, span: Any) -> bool:
    return span.start_s <= second < span.end_s


def _picture(video: Path, analysis: Analysis, second: float) -> Image.Image | None:
    from milo_demo.export.render import still  # and with it what draws

    if not analysis.media.has_video:
        return None
    return still(video, analysis, second, Look(analysis.options.threshold))
