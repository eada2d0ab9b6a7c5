"""Calls of the functions for programs: checked at the door, and passed on with what was checked and nothing else."""

import json
from typing import Any

from gradio.block_function import BlockFunction
from gradio.components.api_component import Api
from gradio.data_classes import FileData
from gradio.routes import App

from milo_demo.errors import MiloError
from milo_demo.ui.gate.asking import event_of
from milo_demo.ui.gate.doors import CALL, JOIN, PROGRAMS, RUN
from milo_demo.ui.programs.calls import CALLS
from milo_demo.ui.programs.checking import checked


def called(app: App, path: str, body: bytes) -> BlockFunction | None:
    """The function for programs that a request calls, by its name in the path or by its number; None where the request
    means something of the page's own."""
    if path.startswith(CALL):
        name = path.rstrip("/").rpartition("/")[2]
        return next(fn for fn in app.get_blocks().fns.values() if _is_for_programs(fn) and fn.api_name == name)
    fn = event_of(app, json.loads(body)) if path in (JOIN, RUN) else None
    return fn if fn is not None and _is_for_programs(fn) else None


def settled(fn: BlockFunction, path: str, body: bytes) -> bytes:
    """The body as Gradio gets it. Raises MiloError, one sentence, where something in it is wrong."""
    try:
        told: Any = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise MiloError("The request is no JSON.") from None
    if not isinstance(told, dict):
        raise MiloError("The request is no JSON object.")
    by_name = path.startswith(f"{CALL}/v2/")
    given = told if by_name else told.get("data")
    if not isinstance(given, dict if by_name else list):
        raise MiloError("The request brings no list of data.")
    values = checked(CALLS[str(fn.api_name)], given)
    values = {name: it.model_dump() if isinstance(it, FileData) else it for name, it in values.items()}
    if by_name:
        return json.dumps(values).encode()
    whose = {name: told[name] for name in ("session_hash", "fn_index") if name in told and not path.startswith(CALL)}
    return json.dumps(whose | {"data": list(values.values())}).encode()


def as_validation(name: str, sentence: str) -> dict[str, Any]:
    """A refusal that Gradio's own client passes on to whoever called."""
    wrong = {"__type__": "validate", "is_valid": False, "parameter_name": name, "message": sentence}
    return {"error": sentence, "detail": [wrong]}


def _is_for_programs(fn: BlockFunction) -> bool:
    return fn.api_name in PROGRAMS and all(isinstance(block, Api) for block in (*fn.inputs, *fn.outputs))
