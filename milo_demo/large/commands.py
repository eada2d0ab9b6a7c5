"""The command line of fetching."""

import argparse
import sys
from contextlib import closing

from milo_demo.large.fetching import fetch, remove
from milo_demo.large.models import MODELS

LINE_WIDTH = 60


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The action `fetch` of the command `weights`."""
    action = actions.add_parser("fetch", help="fetch a larger model from the Hugging Face Hub, or delete it")
    action.add_argument("name", choices=[*MODELS], metavar="NAME", help="|".join(MODELS))
    action.add_argument("--remove", action="store_true", help="delete what has been fetched of it")
    action.set_defaults(run=_fetch)


def _fetch(given: argparse.Namespace) -> None:
    model = MODELS[given.name]
    if given.remove:
        print(f"{model.title} is deleted." if remove(given.name) else f"{model.title} had not been fetched.")
        return
    shows = sys.stderr.isatty()
    try:
        with closing(fetch(given.name)) as fractions:
            for fraction in fractions:
                if shows:
                    done = "█" * round(fraction * LINE_WIDTH)
                    line = f"\r{done:░<{LINE_WIDTH}} {fraction:4.0%} of {model.megabytes} MB"
                    print(line, end="", file=sys.stderr, flush=True)
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt("Stopped; what has come is kept.") from stopped
    finally:
        if shows:
            print(file=sys.stderr)
    print(f"{model.title} is on this computer ({model.repository} at {model.revision[:12]}; {model.licence}).")
