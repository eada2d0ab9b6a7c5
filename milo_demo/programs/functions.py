"""What is not somewhere else already: the record in a form that travels, tracks by themselves, and the taxonomy."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from milo_demo import instruments as taxonomy
from milo_demo import weights
from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.options import AnalysisOptions
from milo_demo.outside import OUTSIDERS
from milo_demo.pipeline import analyse


def record(analysis: Analysis) -> dict[str, Any]:
    """What analysis.json says, as a dictionary; a track's ``path`` is called ``file``: what takes results over HTTP
    would fetch whatever has a path."""
    told = json.loads(analysis.to_json())
    told["tracks"] = [_by_file(track) for track in told["tracks"]]
    return told


def separate(
    source: str | Path,
    options: AnalysisOptions | None = None,
    *,
    out: str | Path,
    on_stage: Callable[[str, float], None] | None = None,
) -> list[dict[str, Any]]:
    """A track for each instrument that is heard in a file, and one for the rest; their files lie in `out`, beside
    everything else that `analyse` leaves there, since who plays has to be known first.

    Returns what `tracks` does. Raises MiloError where the input is wrong, or has no sound.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as out:
    ...     found = separate("assets/examples/drawn_duet.mp4", AnalysisOptions(duration_s=1), out=out)
    >>> found[-1]["label"]
    'residual'
    """
    options = options or AnalysisOptions()
    if options.separator == "none":
        raise MiloError("To separate, the separator must be notes, semantic, nmf or htdemucs, not 'none'.")
    return tracks(analyse(source, options, out=out, on_stage=on_stage))


def tracks(analysis: Analysis) -> list[dict[str, Any]]:
    """The tracks of a result: label, ``file`` (its name in the result's folder), quality, energy, doubt.

    Raises MiloError where it has none.
    """
    if not analysis.tracks:
        why = "has no sound" if not analysis.media.has_audio else "was analysed without its tracks"
        raise MiloError(f"{analysis.media.source_name} {why}: there is nothing to separate.")
    return record(analysis)["tracks"]


def instruments() -> dict[str, Any]:
    """What MILO can name: ``instruments`` in the order of all label axes, each with family, colour, sign and whether it
    is known ``by_ear_only``; the ``families``; and ``outside``: what else is named when it is heard, and nothing more.

    Raises MiloError where the eye's checkpoint, which knows whom it sees, cannot be had.

    >>> instruments()["instruments"][-1]["name"]
    'voice'
    """
    seen = weights.find("object").card.labels
    return {
        "instruments": [
            {
                "name": it.name,
                "title": it.title,
                "family": it.family,
                "colour": it.colour,
                "sign": it.sign,
                "by_ear_only": it.name not in seen,
            }
            for it in taxonomy.INSTRUMENTS
        ],
        "families": list(taxonomy.FAMILIES),
        "outside": {name: family for name, (family, _) in OUTSIDERS.items()},
    }


def _by_file(track: dict[str, Any]) -> dict[str, Any]:
    return {"file": track["path"], **{key: value for key, value in track.items() if key != "path"}}
