"""Which file it is, as the page says it: its name, its length, its sound tracks."""

from collections.abc import Iterable
from html import escape

import gradio as gr

MILOS_CHOICE = "MILO’s choice"


def named(name: str, duration_s: float | None, outline: Iterable[int] = ()) -> str:
    """The line that says which file it is; its waveform, 0-100, travels along (`input/part.js`)."""
    length = "" if duration_s is None else f' <span class="milo-length">{clock(duration_s)}</span>'
    levels = " ".join(map(str, outline))
    return f'<p class="milo-clip" data-outline="{levels}"><b title="{escape(name)}">{escape(name)}</b>{length}</p>'


def clock(time_s: float) -> str:
    """Minutes and seconds, as players show them.

    >>> clock(161.4)
    '2:41'
    """
    minutes, seconds = divmod(round(time_s), 60)
    return f"{minutes}:{seconds:02d}"


def tracks(found: list[tuple[str, int]], chosen: int | None = None) -> dict:
    """The choice of a sound track, where there is one: names and numbers, and which has been chosen."""
    value = chosen if chosen in dict(found).values() else 0
    return gr.update(choices=[(MILOS_CHOICE, 0), *found], value=value, visible=len(found) > 1)
