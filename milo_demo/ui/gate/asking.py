"""What an event is given: looked at before Gradio does, whose answer to nonsense is a traceback in the log.

Whoever sends other things than the page does is told what is wrong in one sentence; it is no boundary of what events
may do, which each of them keeps itself.
"""

import json
import re
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.routes import App

from milo_demo.ui.gate.doors import PROGRAMS, SERVER, SESSION
from milo_demo.ui.gate.uploaded import is_upload

SHOWN = 40
"""Characters of a wrong value that are told back."""
KINDS: dict[type, Any] = {
    gr.Number: (int, float),
    gr.Checkbox: bool,
    gr.Textbox: str,
    gr.Dropdown: (str, int),
    gr.Radio: str,
    gr.CheckboxGroup: list,
}
"""What components take."""
DEEPEST = 50
"""Levels of lists in lists: more is nothing that the page sends."""


def wrong(app: App, path: str, body: bytes) -> str | None:
    """What is wrong with the body of a request to a door for JSON; None where nothing is."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return "The request is no JSON."
    if not isinstance(told, dict):
        return "The request is no JSON object."
    if path.strip("/").endswith("reset"):
        return None if isinstance(told.get("event_id"), str) else "The request names no event."
    session = told.get("session_hash")
    if not isinstance(session, str) or not re.fullmatch(SESSION, session):
        return "The request names no session."
    if path.rstrip("/") == SERVER:
        return _wrong_for_component(app, told)
    if path.strip("/").endswith("cancel"):
        whole = isinstance(told.get("event_id"), str) and isinstance(told.get("fn_index"), int)
        return None if whole else "The request names no event."
    return _wrong_for_event(app, told, session)


def _wrong_for_component(app: App, told: dict[str, Any]) -> str | None:
    number, name = told.get("component_id"), told.get("fn_name")
    block = app.get_blocks().blocks.get(number) if isinstance(number, int) else None
    if block is None or not isinstance(name, str) or not getattr(getattr(block, name, None), "_is_server_fn", False):
        return "There is no such function."
    return None if "data" in told else "The request brings no data."


def _wrong_for_event(app: App, told: dict[str, Any], session: str) -> str | None:
    fn = event_of(app, told)
    if fn is None:
        return "There is no such event."
    data = told.get("data")
    if fn.api_name in PROGRAMS:
        return None  # looked at by what they themselves take (`calling`)
    if not isinstance(data, list) or len(data) != len(fn.inputs):
        return f"The event takes {len(fn.inputs)} values."
    for name in ("event_id", "oauth_token"):
        if not isinstance(told.get(name), str | None):
            return f"{name} is no text."
    if _depth(told) > DEEPEST:
        return "The request is nested too deeply."
    values = app.state_holder[session]
    for block, value in zip(fn.inputs, data, strict=True):
        if said := _wrong_value(app, block if block.stateful else values[block._id], value):
            return said
    return None


def event_of(app: App, told: dict[str, Any]) -> BlockFunction | None:
    """The event that a request means, among those that the server runs."""
    number = told.get("fn_index")
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    fn = app.get_blocks().fns.get(number)
    return fn if fn is not None and fn.fn is not None else None


def _wrong_value(app: App, block: Any, value: Any) -> str | None:
    """What is wrong with one value for one component. What a State is sent is never read."""
    if isinstance(block, gr.State) or (value is None and not isinstance(block, gr.CheckboxGroup)):
        return None
    name = getattr(block, "label", None) or "A field"
    if isinstance(block, gr.UploadButton):
        return (
            None
            if is_upload(app.uploaded_file_dir, value)
            else "The file is none that was uploaded here: choose it again."
        )
    for kind, types in KINDS.items():
        types = list if getattr(block, "multiselect", False) else types
        if isinstance(block, kind) and (
            not isinstance(value, types) or (isinstance(value, bool) and types is not bool)
        ):
            what = "a number" if kind is gr.Number else "what can be chosen there"
            return f"{name} must be {what}, not {_short(value)}."
    component: Any = block
    try:
        component.preprocess(value)
    except Exception:  # of whatever kind: it is the component's own word that it takes no such value
        return f"{name} cannot be {_short(value)}."
    return None


def _short(value: Any) -> str:
    text = "".join(c for c in repr(value) if c.isprintable())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _depth(value: Any, level: int = 0) -> int:
    """How deeply lists and objects lie in each other, counted no further than needed."""
    if level > DEEPEST or not isinstance(value, dict | list):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(each, level + 1) for each in inner), default=level)
