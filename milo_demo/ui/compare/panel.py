"""The panel under the tracks: which separators, which seconds, and what each of them made of these."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gradio as gr

from milo_demo import saved
from milo_demo.errors import MiloError
from milo_demo.saved import LONGEST_S, METHODS
from milo_demo.ui import results, status
from milo_demo.ui.compare import table
from milo_demo.ui.player_data import file_url

SCRIPT = Path(__file__).parents[1] / "player" / "compare" / "compare.js"
MOUNT = f"import(new URL('{file_url(SCRIPT)}', document.baseURI)).then((compare) => compare.mount(element));"
USUAL = [name for name in METHODS if name != "deep-prior"]
"""Chosen at first: the other learns for minutes."""
SECONDS, SOURCES, ITERATIONS = 6, 2, 600
MOST_ITERATIONS = 5_000
"""As many as the original learns. Others wait meanwhile."""
AT_ONCE = 1
"""Comparisons that run at once: one keeps a processor busy for minutes."""
LEAST_S = 0.5
"""Between two updates of what there is to hear."""

HINT = (
    '<p class="milo-hint">The same seconds, taken apart by MILO and by separators as their documents describe them: '
    "Nuotioma (2024), non-negative matrix factorisation, and Deep Audio Prior, which learns from nothing but these "
    "seconds and needs minutes for it.</p>"
)


def panel(folder: Any, quiet: dict) -> None:
    """The panel, closed at first.

    folder : the state that names the folder of the result which is shown
    quiet  : how the page's events behave
    """
    with gr.Accordion("Compare separators", open=False, elem_id="milo-compare"):
        gr.HTML(HINT, apply_default_css=False)
        methods = gr.CheckboxGroup(
            [(title, name) for name, title in METHODS.items()], value=USUAL, label="Separators", elem_id="milo-methods"
        )
        with gr.Row(elem_id="milo-compare-how"):
            start_s = gr.Number(0, label="From (s)", minimum=0, step=1, min_width=70)
            duration_s = gr.Number(SECONDS, label="For (s)", minimum=1, maximum=LONGEST_S, step=1, min_width=70)
            sources = gr.Number(SOURCES, label="Deep Audio Prior: sources", minimum=2, maximum=4, step=1, min_width=90)
            iterations = gr.Number(
                ITERATIONS, label="… and iterations", minimum=1, maximum=MOST_ITERATIONS, min_width=90
            )
            go = gr.Button("Compare", variant="primary", size="md", elem_id="milo-compare-go")
            stop = gr.Button("Stop", visible=False, size="md", elem_id="milo-compare-stop")
        shown = gr.HTML(js_on_load=MOUNT, apply_default_css=False, elem_id="milo-compared")
    outputs, inputs = [shown, go, stop], [folder, methods, start_s, duration_s, sources, iterations]
    running = go.click(run, inputs, outputs, concurrency_limit=AT_ONCE, concurrency_id="compare", **quiet)
    stop.click(None, cancels=[running])
    running.then(ready, None, [go, stop], **quiet, queue=False)
    folder.change(lambda: "", None, shown, cancels=[running], **quiet, queue=False)


def ready() -> tuple[dict, dict]:
    """The buttons when nothing runs."""
    return gr.update(visible=True), gr.update(visible=False)


def run(
    folder: str | None,
    methods: list[str],
    start_s: float | None,
    duration_s: float | None,
    sources: float | None,
    iterations: float | None,
) -> Iterator[tuple]:
    """What there is to hear and see, again and again until all is done; an empty field means what stood in it at first.
    Closing the iterator stops it."""
    busy = gr.update(visible=False), gr.update(visible=True)
    try:
        order = [name for name in METHODS if name in methods]
        part = start_s or 0.0, duration_s or SECONDS
        learning = {"sources": int(sources or SOURCES), "iterations": int(iterations or ITERATIONS)}
        found = saved.compare(results.there(folder), order, *part, **learning)
        yield status.bar("taking the part apart", None), *busy
        takes, shown_s = [], 0.0
        with closing(found):  # pyright: ignore[reportArgumentType]
            for takes in found:
                if time.monotonic() - shown_s >= LEAST_S:
                    yield table.as_html(takes, order), *busy
                    shown_s = time.monotonic()
        yield table.as_html(takes, order), *ready()
    except (MiloError, OSError, RuntimeError) as error:  # with the result go the files of what is compared
        yield results.failed(error, folder), *ready()
