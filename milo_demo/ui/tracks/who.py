"""Under the tracks: who plays, said by somebody who knows; the clip is then taken apart for these."""

from typing import Any, NamedTuple

import gradio as gr

from milo_demo.instruments import INSTRUMENTS


class Who(NamedTuple):
    """The components: whose tracks are wanted, and the button that makes them. They show under tracks (CSS)."""

    players: Any
    make: Any


def panel() -> Who:
    """A line of its own."""
    with gr.Row(elem_id="milo-who"):
        players = gr.Dropdown(
            [(it.title, it.name) for it in INSTRUMENTS],
            value=[],
            multiselect=True,
            label="Everybody who plays",
            min_width=200,
            elem_id="milo-players",
        )
        make = gr.Button("Make their tracks", size="md", scale=0, min_width=150, elem_id="milo-make")
    return Who(players, make)
