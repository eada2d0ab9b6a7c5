"""The functions handed to Gradio, each behind the check of what it is given."""

import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, get_args

import gradio as gr
from gradio.events import api

from milo_demo.errors import MiloError
from milo_demo.ui.gate.doors import PROGRAMS
from milo_demo.ui.programs.calls import CALLS
from milo_demo.ui.programs.checking import checked

log = logging.getLogger(__name__)


def add(work: dict[str, Any]) -> None:
    """Offer the functions to programs. To be called where the page is built.

    work : of Gradio's events, what runs of the page have: which queue they wait in, and how many are heard at once
    """
    for name in PROGRAMS:
        function = guarded(CALLS[name])
        api(function, api_name=name, **(work if inspect.isgeneratorfunction(function) else {}))


def guarded(function: Callable) -> Callable:
    """The function, which looks at what it is given before it does anything, and says what is wrong in one sentence."""

    @wraps(function)
    def plain(*given: Any) -> Any:
        with _in_a_sentence(function.__name__):
            return function(**checked(function, list(given)))

    @wraps(function)
    def steps(*given: Any) -> Iterator[Any]:
        with _in_a_sentence(function.__name__):
            yield from function(**checked(function, list(given)))

    if not inspect.isgeneratorfunction(function):
        return plain
    signature = inspect.signature(function)
    [each] = get_args(signature.return_annotation)  # Gradio wants to know of what, not that there are several
    steps.__signature__ = signature.replace(return_annotation=each)  # type: ignore[reportAttributeAccessIssue]
    return steps


@contextmanager
def _in_a_sentence(name: str) -> Iterator[None]:
    try:
        yield
    except MiloError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except Exception:
        log.exception("%s failed", name)
        raise gr.Error(
            "MILO stumbled over this, which is a fault of the program and not yours.", print_exception=False
        ) from None
