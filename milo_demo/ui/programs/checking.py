"""What a program has sent: looked at by the signature of the function that it calls, since `gr.api` looks at nothing.

Gradio fetches whatever is marked as a file with a web address, wherever it stands among the values: nothing may reach
it that is not of the kind that belongs there.
"""

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import fields
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import unquote

from gradio.data_classes import FileData
from gradio.utils import get_upload_folder

from milo_demo.errors import MiloError
from milo_demo.pipeline import AnalysisOptions
from milo_demo.ui.gate.uploaded import is_upload

SHOWN = 40
"""Characters of a wrong value that are told back."""
SERVED = re.compile(r"https?://[^/?#]+(?:/[^?#]*)?/gradio_api/file=([^?#]+)", re.DOTALL)
"""The address of a file that some page of Gradio's serves."""
WANTED = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}
NO_UPLOAD = "{} is none that was uploaded here: upload it first, and give what the upload has answered."
OPTIONS = {field.name for field in fields(AnalysisOptions)}


def checked(function: Callable, given: list[Any] | dict[str, Any]) -> dict[str, Any]:
    """The values for all parameters of `function`, by name: those given, in order or by name, else their defaults. A
    file is where its upload lies, and nothing else of what was said of it.

    Raises MiloError, one sentence, where one is missing, unknown, of the wrong kind, none of the choices, or outside
    what `AnalysisOptions` takes.
    """
    name, parameters = function.__name__, inspect.signature(function).parameters
    listed = ", ".join(parameters) or "nothing"
    if isinstance(given, list):
        if len(given) > len(parameters):
            raise MiloError(f"{name} takes {listed}, and no more than that.")
        given = dict(zip(parameters, given, strict=False))
    for unknown in given.keys() - parameters:
        raise MiloError(f"{name} knows no {_short(unknown)}: it takes {listed}.")
    hints, values = get_type_hints(function), {}
    for parameter in parameters.values():
        if parameter.name in given:
            values[parameter.name] = _value(parameter, hints[parameter.name], given[parameter.name])
        elif parameter.default is inspect.Parameter.empty:
            raise MiloError(f"{name} needs {parameter.name}.")
        else:
            values[parameter.name] = parameter.default
    AnalysisOptions(**{word: value for word, value in values.items() if word in OPTIONS})
    return values


def _value(parameter: inspect.Parameter, hint: Any, value: Any) -> Any:
    """One value, of the kind that its parameter's type says."""
    name, kinds = parameter.name, [hint]
    if get_origin(hint) in (Union, UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    if value is None and (parameter.default is None or len(kinds) < len(get_args(hint))):
        return None
    [kind] = kinds
    if kind is FileData:
        return _file(name, value)
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if isinstance(value, str) and value in choices:
            return value
        raise MiloError(f"{name} must be {', '.join(choices[:-1])} or {choices[-1]}, not {_short(value)}.")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 1e15 else math.inf
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise MiloError(f"{name} must be {WANTED[kind]}, not {_short(value)}.")
    return value


def _file(name: str, value: Any) -> FileData:
    """A file that was uploaded here; its address on this page will do as well, of which only the path is looked at."""
    path = value.get("path") if isinstance(value, dict) else None
    if isinstance(path, str) and (served := SERVED.fullmatch(path)):
        value = value | {"path": unquote(served[1])}
    if not is_upload(get_upload_folder(), value):
        raise MiloError(NO_UPLOAD.format(name))
    return FileData(path=value["path"])


def _short(value: Any) -> str:
    text = "".join(c for c in repr(value) if c.isprintable())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
