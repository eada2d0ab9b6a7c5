"""librosa, compiled whole.

numba compiles it when it is imported and keeps that on disk. What two programs leave there that compile at once, or one
that is killed meanwhile, crashes whoever reads it (numba issue 10128). So one program at a time imports it, and a cache
that none has finished is begun anew.
"""

import os
import shutil
import sys
import zlib
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from milo_demo import machine

WHOLE = "whole"
"""A file in the cache since everything is in it."""


@cache
def librosa() -> Any:
    """The module; importing it takes seconds, so this is called with its first use only."""
    folder = give_numba_a_cache()
    with machine.alone("librosa"):
        is_ours = folder == _own_cache()
        if is_ours and not (folder / WHOLE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
        import_module("librosa.beat")  # with it comes all that is compiled when imported
        if is_ours:
            (folder / WHOLE).touch()
    return import_module("librosa")


def give_numba_a_cache() -> Path:
    """The folder for what numba compiles, which it looks up once, when it is imported: the user's choice if it can be
    written."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(chosen) if chosen and machine.can_be_written(Path(chosen)) else _own_cache()
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    return folder


def _own_cache() -> Path:
    environment = zlib.crc32(sys.prefix.encode())
    name = f"numba-{version('numba')}-librosa-{version('librosa')}-{environment:08x}"
    home = Path(os.path.expanduser("~")) / ".cache" / "milo"
    in_home = home.is_absolute() and machine.can_be_written(home / name)
    return (home if in_home else machine.own_folder()) / name
