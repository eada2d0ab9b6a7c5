"""Who plays, as captions for the video: captions.vtt, which players show under the picture (WebVTT, W3C 2019)."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from milo_demo.analysis import Event
from milo_demo.corrections import Correction
from milo_demo.instruments import BY_NAME

KINDS = {"heard": "♪ ", "played": "", "seen": ""}
"""What captions tell of, the first kind that there is any event of, and how it is marked."""


def cues(events: Iterable[Event]) -> list[tuple[float, float, str]]:
    """From when to when what is to be read, in order: everybody who plays at the moment, a line for every change.

    >>> heard = [Event("heard", "flute", "", 0, 2, 1), Event("heard", "harp", "", 1, 2, 1)]
    >>> cues([*heard, Event("seen", "tuba", "", 0, 9, 1)])
    [(0, 1, '♪ flute'), (1, 2, '♪ flute, harp')]
    """
    events = [event for event in events if event.label in BY_NAME]
    kind = next((kind for kind in KINDS if any(event.kind == kind for event in events)), "")
    told = [event for event in events if event.kind == kind]
    edges = sorted({edge for event in told for edge in (event.start_s, event.end_s)})
    found: list[tuple[float, float, str]] = []
    for start_s, end_s in pairwise(edges):
        now = dict.fromkeys(event.label for event in told if event.start_s <= start_s and end_s <= event.end_s)
        if now:
            found.append((start_s, end_s, KINDS[kind] + ", ".join(BY_NAME[label].title for label in now)))
    return found


def write_captions(events: Iterable[Event], folder: Path, by_hand: Sequence[Correction] = ()) -> list[str]:
    """Write captions.vtt into an existing folder; its name in a list.

    by_hand : corrections, which a note in the file tells
    """
    note = f"\nNOTE corrected by hand: {'; '.join(map(str, by_hand))}\n" if by_hand else ""
    lines = (f"\n{_time(start_s)} --> {_time(end_s)}\n{text}\n" for start_s, end_s, text in cues(events))
    (folder / "captions.vtt").write_text("WEBVTT\n" + note + "".join(lines), encoding="utf-8", newline="\n")
    return ["captions.vtt"]


def _time(time_s: float) -> str:
    """A moment as WebVTT writes it.

    >>> _time(3725.5)
    '01:02:05.500'
    """
    seconds, thousandths = divmod(round(time_s * 1000), 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{thousandths:03}"
