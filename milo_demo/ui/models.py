"""The panel of models: what each part of the work is done by, the larger ones that can be fetched, and the choice for
the next analysis. Nothing is fetched without a click."""

import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from milo_demo import large
from milo_demo.errors import MiloError
from milo_demo.large import MODELS
from milo_demo.large.models import BUNDLED
from milo_demo.ui import status
from milo_demo.ui.results import REFRESH_S
from milo_demo.ui.views import SAME

ROLES = {"separator": "tracks", "ear": "what is heard", "look for": "words of your own"}
"""Role -> what it is for, in the table."""
HINT = (
    '<p class="milo-hint">The larger ones are others’ work, and no part of MILO: a click fetches one from the Hugging '
    "Face Hub to the machine that runs this page, once. MILO’s makers never ran them with their real numbers.</p>"
)
CANCELLED = "Cancelled. What has come is kept for the next time."


class Choice(NamedTuple):
    """The components that say what the next analysis is done by."""

    separator: Any
    ear: Any
    look_for: Any


def panel(quiet: dict) -> Choice:
    """The panel, closed at first.

    quiet : how the page's events behave
    """
    with gr.Accordion("Models", open=False, elem_id="milo-models") as accordion:
        gr.HTML(HINT, apply_default_css=False)
        table = gr.HTML(apply_default_css=False)
        with gr.Row(elem_id="milo-fetching"):
            buttons = [gr.Button(size="md", min_width=150, elem_id=f"milo-fetch-{name}") for name in MODELS]
            stop = gr.Button("Cancel fetching", visible=False, size="md", min_width=120)
        line = gr.HTML(apply_default_css=False, elem_id="milo-fetched")
        with gr.Row():
            separator = gr.Radio(
                [("MILO’s own", "notes"), ("HTDemucs", "htdemucs")], value="notes", label="Tracks are made by"
            )
            ear = gr.Radio([("MILO’s own", "milo"), ("AST", "ast")], value="milo", label="What is heard is said by")
            look_for = gr.Textbox(
                label="Look for, with OWLv2", placeholder="theremin, glass harp", max_length=400, min_width=240
            )
    busy = gr.State(False)
    outputs = [table, line, stop, busy, *buttons]
    accordion.expand(shown, None, outputs, **quiet, queue=False)
    started: list[Any] = [
        button.click(partial(fetching, name), None, outputs, concurrency_limit=1, concurrency_id="fetch", **quiet)
        for name, button in zip(MODELS, buttons, strict=True)
    ]
    stop.click(None, cancels=started)
    for event in started:
        event.then(fetched, busy, outputs, **quiet, queue=False)
    return Choice(separator, ear, look_for)


def shown(line: Any = SAME, busy: bool = False) -> tuple:
    """What the panel shows: the table, a line, the button that stops, whether it is busy, the buttons that fetch."""
    labels = (
        f"{model.title} is here" if large.is_here(name) else f"Fetch {model.title} ({model.megabytes} MB)"
        for name, model in MODELS.items()
    )
    buttons = [
        gr.update(value=label, interactive=not (busy or large.is_here(name) or large.lacking(name)))
        for name, label in zip(MODELS, labels, strict=True)
    ]
    return table_of_models(), line, gr.update(visible=busy), busy, *buttons


def fetching(name: str) -> Iterator[tuple]:
    """Fetch a model and show how far it has come. Closing the iterator stops it."""
    words, shown_s = f"fetching {MODELS[name].title}", time.monotonic()
    yield shown(status.bar(words, None), busy=True)
    try:
        with closing(large.fetch(name)) as fractions:
            for fraction in fractions:
                if time.monotonic() - shown_s >= REFRESH_S:
                    yield shown(status.bar(words, fraction), busy=True)
                    shown_s = time.monotonic()
    except MiloError as error:
        yield shown(status.failed(str(error), ""))
    else:
        yield shown(status.ready(f"{MODELS[name].title} is on this computer: choose it below."))


def fetched(busy: bool) -> tuple:
    """After fetching: what did not come to its end was cancelled."""
    return shown(status.ready(CANCELLED)) if busy else shown()


def table_of_models() -> str:
    """HTML: for each part of the work the bundled model and the larger ones."""
    rows = []
    for role, title in ROLES.items():
        rows.append((title, escape(BUNDLED[role]), "", "", "", ""))
        rows += [("", *_row(name)) for name, model in MODELS.items() if model.role == role]
    head = "".join(
        f"<th>{words}</th>" for words in ("for", "model", "size", "licence", "time it takes here", "on this computer")
    )
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="milo-models" role="region" aria-label="Which models there are" tabindex="0">{table}</div>'


def _row(name: str) -> tuple[str, ...]:
    model = MODELS[name]
    pace = large.expected_pace(name)
    length = f"{pace:.1f}" if pace < 10 else f"{pace:.0f}"
    here = large.lacking(name) or ("yes" if large.is_here(name) else "no")
    return (
        f"<b>{model.title}</b>: {escape(model.better)}",
        f"{model.megabytes}\u202fMB",
        escape(model.licence),
        f"about {length} × the clip’s length",
        escape(here),
    )
