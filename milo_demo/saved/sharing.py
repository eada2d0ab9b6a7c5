"""A result given to another visitor."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from milo_demo import machine
from milo_demo.saved.correcting import FOUND


def share(place: Path, folder: Path) -> None:
    """Put the result in `place` into `folder` as well; files take no room a second time where that can be.

    What is just being made of it, in hidden files, has no part in that: two links to one file would both be written.

    Raises OSError where it is gone, or there is no room.
    """
    shutil.copytree(place, folder, copy_function=machine.also_at, dirs_exist_ok=True, ignore=_under_way)


def _under_way(_: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if name.startswith(".") and name != FOUND]
