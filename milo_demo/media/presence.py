"""When a clip has a picture at all: sound may begin before it and go on after it."""

from pathlib import Path
from typing import NamedTuple

from milo_demo.media.normalise import FPS
from milo_demo.media.probe import Probe, open_media, video_streams

LEAST_S = 0.5
"""Shorter than this is how recorders begin and end, and nobody notices; it is a step of the analysis as well."""


class Presence(NamedTuple):
    """From when to when there is a picture, seconds of the clip; `to_s` is None where it lasts to the end."""

    from_s: float = 0.0
    to_s: float | None = None

    def warnings(self) -> list[str]:
        """What people should know about it."""
        said = []
        if self.from_s > 0:
            said.append(f"The picture begins at {self.from_s:.1f} s: nothing is seen before.")
        if self.to_s is not None:
            said.append(f"The picture ends at {self.to_s:.1f} s: nothing is seen after that.")
        return said


def picture_span(source: Probe, copy: Path, start_s: float = 0.0) -> Presence | None:
    """When the normalised `copy` of a source from `start_s` on has a picture; None if never.

    Before and after it a player holds the first or the last frame. A source of a single frame is a cover, meant to be
    seen while the music plays, and counts as there all the time, but only in a part that begins with it: the copy of a
    later one does not hold it.
    """
    with open_media(copy) as container:
        streams = video_streams(container)
        if not streams:
            return None
        ends_s = float((streams[0].duration or 0) * (streams[0].time_base or 0))
        clip_s = (container.duration or 0) / 1e6
    begins_s = max(0.0, source.picture_from_s - start_s)
    if begins_s >= clip_s:
        return None
    if streams[0].frames <= 1 and start_s <= source.picture_from_s + 1 / FPS:
        return Presence()
    ends_early = clip_s - ends_s >= LEAST_S
    return Presence(begins_s if begins_s >= LEAST_S else 0.0, ends_s if ends_early else None)
