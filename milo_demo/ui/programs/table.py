"""The functions and their parameters as a table for the README: ``python -m milo_demo.ui.programs.table`` prints it.

Names, kinds and defaults are those of the signatures, flags those of the command line. Over HTTP, in MCP and in Python
the names are the same; in Python the options stand in `AnalysisOptions`.
"""

import inspect
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from gradio.data_classes import FileData

from milo_demo.options.flags import ASKED, flag
from milo_demo.ui.entry.choosing import AT_FIRST_S
from milo_demo.ui.programs.calls import CALLS

PYTHON = {
    "analyse": "`milo_demo.analyse`",
    "explain_frame": "`milo_demo.explain_frame`",
    "separate": "`milo_demo.separate`",
    "instruments": "`milo_demo.programs.functions.instruments`",
}
KINDS = {FileData: "file", float: "number", int: "whole number", bool: "true or false", str: "text"}
PAGE = {
    ("analyse", "file"): "Choose a file",
    ("analyse", "start_s"): "From (s)",
    ("analyse", "duration_s"): f"For (s): {AT_FIRST_S:.0f} at most, if not set",
    ("analyse", "threshold"): "Threshold",
    ("analyse", "projection"): "This is a 360° picture",
    ("analyse", "annotated"): "Make annotated video",
    ("analyse", "audio_track"): "Sound track",
    ("analyse", "separator"): "Separate tracks: by whom is chosen under Models",
    ("analyse", "ear"): "What is heard is said by",
    ("analyse", "look_for"): "Look for, with OWLv2",
    ("analyse", "players"): "Everybody who plays",
    ("explain_frame", "second"): "the playhead",
}
"""What is pressed or filled in on the page for it."""
PLACES = {"file": "VIDEO", "result": "RESULT", "second": "SECOND"}
"""What the command line takes without a flag; of a result `separate` takes none there: its tracks lie in it."""


def table() -> str:
    """Markdown, a row for every parameter of every function."""
    head = "| HTTP and MCP | Python | parameter | default | command line | page |"
    return "\n".join([head, "|" + "---|" * head.count(" | ") + "---|", *_rows()]) + "\n"


def _rows() -> Iterator[str]:
    for name, function in CALLS.items():
        first, hints = f"`{name}` | {PYTHON[name]}", get_type_hints(function)
        for parameter in inspect.signature(function).parameters.values():
            word = parameter.name
            told = f"`{word}`: {_kind(hints[word])} | {_default(parameter)} | {_flag(name, word)}"
            yield f"| {first} | {told} | {PAGE.get((name, word), '')} |"
            first = "|"
        if not inspect.signature(function).parameters:
            yield f"| {first} | none | | `{name.replace('_', '-')}` | |"


def _kind(hint: Any) -> str:
    kinds = [it for it in get_args(hint) if it is not type(None)] if get_origin(hint) in (Union, UnionType) else [hint]
    [kind] = kinds
    return ", ".join(get_args(kind)) if get_origin(kind) is Literal else KINDS[kind]


def _default(parameter: inspect.Parameter) -> str:
    if parameter.default is inspect.Parameter.empty:
        return "needed"
    return "none" if parameter.default is None else f"{parameter.default}".lower()


def _flag(name: str, word: str) -> str:
    if word in ASKED:
        return f"`{flag(word)}`"
    return "" if (name, word) == ("separate", "result") else f"`{name.replace('_', '-')} {PLACES[word]}`"


if __name__ == "__main__":
    print(table(), end="")
