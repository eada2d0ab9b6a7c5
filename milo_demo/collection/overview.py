"""What is seen of a collection at a glance: a picture of a clip, its lanes, and who plays how much and with whom."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.collection.finding import Finder
from milo_demo.errors import MiloError
from milo_demo.instruments import LABELS

PICTURE_PX = 160
QUALITY = 80

Lanes = dict[str, dict[str, list[tuple[float, float]]]]
"""Label -> ``heard``, ``seen`` or ``played`` -> from when to when, seconds."""


@dataclass(frozen=True)
class Totals:
    """clips  : that were analysed; failed : that could not be
    clips_of : label -> sense -> in how many clips; hours_of : how many hours in all
    together : (label, label), in how many clips two are heard, in any order
    """

    clips: int
    failed: int
    clips_of: dict[str, dict[str, int]]
    hours_of: dict[str, dict[str, float]]
    together: NDArray[np.int64]


def picture(folder: Path, time_s: float) -> bytes | None:
    """A small picture (JPEG) of about a moment of a clip; None where there is none."""
    from PIL import Image

    from milo_demo.media.decode import Picture
    from milo_demo.media.glances import glances
    from milo_demo.media.probe import open_media
    from milo_demo.media.tracks import video_streams

    try:
        with open_media(folder / "video.mp4") as container:
            for frame in [it for video in video_streams(container)[:1] for it in glances(container, video, [time_s])]:
                out = BytesIO()
                Image.fromarray(Picture(frame, {}).rgb(PICTURE_PX)).save(out, "JPEG", quality=QUALITY)
                return out.getvalue()
    except (MiloError, OSError):
        pass
    return None


def lanes(finder: Finder, clip_ids: Sequence[str]) -> dict[str, Lanes]:
    """When who is heard, seen and played in some clips."""
    found: dict[str, Lanes] = {clip_id: {} for clip_id in clip_ids}
    query = (
        "select clip_id, label, kind, start_s, end_s from events where kind in ('heard', 'seen', 'played')"
        " and clip_id in (select unnest(?::varchar[])) order by clip_id, label, start_s"
    )
    for clip_id, label, kind, *span in finder.rows(query, [list(clip_ids)]):
        found[clip_id].setdefault(label, defaultdict(list))[kind].append(tuple(span))
    return found


def totals(finder: Finder) -> Totals:
    """Of the whole collection; of 100,000 clips in half a second."""
    [(done, failed)] = finder.rows("select countif(status = 'done'), countif(status <> 'done') from clips")
    clips_of: dict[str, dict[str, int]] = {}
    hours_of: dict[str, dict[str, float]] = {}
    query = (
        "select label, kind, count(distinct clip_id), sum(end_s - start_s) / 3600 from events"
        " where kind in ('heard', 'seen', 'played') group by label, kind"
    )
    for label, kind, count, hours in finder.rows(query):
        clips_of.setdefault(label, {})[kind] = count
        hours_of.setdefault(label, {})[kind] = hours
    together = np.zeros((len(LABELS), len(LABELS)), np.int64)
    query = (
        "with heard as (select distinct clip_id, label from events where kind = 'heard')"
        " select a.label, b.label, count(*) from heard a join heard b using (clip_id)"
        " where a.label < b.label group by a.label, b.label"
    )
    for one, other, count in finder.rows(query):
        places = LABELS.index(one), LABELS.index(other)
        together[places] = together[places[::-1]] = count
    return Totals(done, failed, clips_of, hours_of, together)
