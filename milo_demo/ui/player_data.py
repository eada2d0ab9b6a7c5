"""What the player draws over the picture, packed for the browser: labels, boxes, curves, and the maps in a file."""

from pathlib import Path
from urllib.parse import quote
from zlib import crc32

import numpy as np

from milo_demo.analysis import Analysis
from milo_demo.corrections import was
from milo_demo.grid import BRIDGE_STEPS, RELEASE, STEPS_PER_S, per_cent, per_cents
from milo_demo.instruments import BY_NAME
from milo_demo.saved import COLOURS, LAYERS, heat
from milo_demo.ui import words

MAPS_FILE = "player-{layer}.bin"
"""Of the maps that are drawn as one of the layers of heat."""


def clip(analysis: Analysis, folder: Path, drawn: bool) -> dict:
    """The player's value: everything `player/player.js` needs to play this clip.

    folder : where video.mp4 lies, and where the maps are written, a file per layer: uint8 (time, label, row, column),
             0-255, in C order
    drawn  : whether the clip is a drawing and not a recording, which the player says on the picture

    Labels are all that were asked about, best first; maps travel of those only that can be spoken of at any threshold.
    Scores in `boxes`, `heard`, `seen` and `played` are whole per cent, cut off, box corners and hands whole thousandths
    of the frame: a 20-minute clip has thousands, and they travel as text. A label's `heard_at` is the place in a 360°
    frame that its sound comes from, as fractions of the frame.
    """
    media, maps = analysis.media, analysis.maps
    by_ear = words.by_ear_only(analysis)
    heard_at = {
        row.label: (row.azimuth_deg / 360 + 0.5, 0.5 - row.elevation_deg / 180)
        for row in analysis.clip
        if media.is_spherical and row.azimuth_deg is not None and row.elevation_deg is not None
    }
    clip = words.ranked(analysis)
    labels = [row.label for row in clip]
    columns = [maps.labels.index(label) for label in labels]
    mapped = columns[: sum(row.surest >= words.FAINT for row in clip)]
    return {
        "state": "ready",
        "video": file_url(folder / "video.mp4"),
        "name": media.source_name,
        "has_video": media.has_video,
        "duration_s": media.duration_s,
        "width": media.width,
        "height": media.height,
        "projection": media.projection,
        "steps_per_s": STEPS_PER_S,
        "release": RELEASE,
        "bridge": BRIDGE_STEPS,
        "drawn": drawn,
        "labels": [
            {
                "name": label,
                "title": BY_NAME[label].title,
                "sign": BY_NAME[label].sign,
                "colour": BY_NAME[label].colour,
                "ink": BY_NAME[label].ink,
                "by_ear": label in by_ear,
                "heard_at": heard_at.get(label),
                "by_hand": bool(was(analysis.corrections, label)),
            }
            for label in labels
        ],
        "boxes": [
            [round(box.time_s * STEPS_PER_S), labels.index(box.label), box.player, per_cent(box.score)]
            + [round(corner * 1000) for corner in (box.x0, box.y0, box.x1, box.y1)]
            for box in analysis.boxes
        ],
        "words": [
            [round(box.time_s * STEPS_PER_S), box.until_s * STEPS_PER_S, box.word, per_cent(box.score)]
            + [round(corner * 1000) for corner in (box.x0, box.y0, box.x1, box.y1)]
            for box in analysis.words
        ],
        "heard": _per_cent(maps.sound[:, columns]) if maps.sound.size else [],
        "seen": _per_cent(analysis.seen()[:, columns]) if maps.object.size else [],
        "played": _per_cent(maps.played[:, columns]) if maps.played.size else [],
        "verdicts": words.verdicts(analysis),
        "maps": {
            layer: _write_maps(scores, folder / MAPS_FILE.format(layer=layer)) | {"colour": COLOURS.get(layer)}
            for layer in LAYERS
            if mapped and (scores := _drawn(analysis, layer, mapped)).size
        },
        "hands": [[round(time_s * STEPS_PER_S), round(x * 1000), round(y * 1000)] for time_s, x, y, _ in maps.hands],
    }


def file_url(path: Path) -> str:
    """Where Gradio's own file route serves `path`, relative to the page."""
    return f"gradio_api/file={quote(path.as_posix())}"


def fresh_url(path: Path) -> str:
    """The same for a file that may be written again: each time it has another address, so that no browser shows the
    old one."""
    return f"{file_url(path)}?{path.stat().st_mtime_ns}"


def _per_cent(scores: np.ndarray) -> list[list[int]]:
    """(time, label) scores as lists per label."""
    return per_cents(scores.T).tolist()


def _drawn(analysis: Analysis, layer: str, mapped: list[int]) -> np.ndarray:
    """The maps of a layer of heat, of some labels."""
    scores = heat(analysis, layer)
    return scores if layer in COLOURS else scores[:, mapped]


def _write_maps(maps: np.ndarray, file: Path) -> dict:
    """Maps (time, label, row, column), 0-1, as bytes. Others get another address, so that no browser shows old ones."""
    steps, labels, rows, columns = maps.shape
    part, checksum = file.with_name(f".{file.name}.part"), 0
    with part.open("wb") as out:
        for step in maps:  # one by one: a long clip's maps are the largest thing in memory
            pixels = (255 * step.astype(np.float32)).round().astype(np.uint8).tobytes()
            out.write(pixels)
            checksum = crc32(pixels, checksum)
    part.replace(file)  # at once: another visitor may be reading the one that was there
    url = f"{file_url(file)}?{checksum:08x}"
    return {"url": url, "steps": steps, "labels": labels, "rows": rows, "columns": columns}
