"""A Hugging Face Space, rehearsed on this machine: ``python -m milo_demo space check``.

What a Space does with this folder is done with a copy of it: the header of README.md is read, a bare environment made
of requirements.txt, app.py started in it with a home of its own, nobody's token and the variables of a Space; then it
is waited for the first page, and a clip is analysed by it, as a program of a visitor's has it done. The address is this
machine's own.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml
from gradio_client import Client, handle_file
from packaging.requirements import Requirement

from milo_demo.errors import MiloError
from milo_demo.evaluation.bench import EXAMPLE, ROOT
from milo_demo.evaluation.table import Figure, Printer, Table

COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
KNOWN: dict[str, type] = {
    "title": str,
    "emoji": str,
    "colorFrom": str,
    "colorTo": str,
    "sdk": str,
    "sdk_version": str,
    "python_version": str,
    "app_file": str,
    "license": str,
    "short_description": str,
    "header": str,
    "fullWidth": bool,
    "suggested_hardware": str,
    "startup_duration_timeout": str,
    "tags": list,
    "models": list,
    "datasets": list,
    "thumbnail": str,
    "preload_from_hub": list,
    "pinned": bool,
}
"""What the Hub reads in a Space's header."""
NEEDED = ("title", "sdk", "sdk_version", "python_version", "app_file", "license", "short_description", "tags")
LONGEST_DESCRIPTION = 60
LEFT_BEHIND = shutil.ignore_patterns(".git", "__pycache__", "tests", "node_modules", ".venv", ".ci")
PAGE_LIMIT_S, INSTALLED_LIMIT_S, MEMORY_LIMIT = 180.0, 60.0, 4e9
CLIP_S = 5.0
PATIENCE_S = 600.0


def check(*, here: bool = False) -> Table:
    """Rehearse, print and return the figures.

    here : in this environment, without installing anything

    Raises MiloError where the header is wrong, or the page does not come.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if wrong := header(readme, (ROOT / "requirements.txt").read_text(encoding="utf-8")):
        raise MiloError(f"The header of README.md will not do: {'; '.join(wrong)}.")
    printer = Printer(["seconds", "GB", "limit"])
    with tempfile.TemporaryDirectory(prefix="milo-space-") as name:
        place = Path(name)
        copy = Path(shutil.copytree(ROOT, place / "app", ignore=LEFT_BEHIND))
        install_s, python = (0.0, sys.executable) if here else _environment(place / "env", copy)
        if not here:
            printer.show({"installing requirements.txt": {"seconds": Figure(install_s)}})
        told = _variables(place)
        with _peak() as peak, _started([python, "app.py"], copy, told, peak) as (process, began):
            address = f"http://127.0.0.1:{told['GRADIO_SERVER_PORT']}"
            page_s = _first_page(process, address, began)
            limit_s = INSTALLED_LIMIT_S if here else PAGE_LIMIT_S
            printer.show({"first page": {"seconds": Figure(install_s + page_s), "limit": Figure(limit_s)}})
            printer.show({f"a clip of {CLIP_S:.0f} s, called for": {"seconds": Figure(_clip(address, place))}})
        printer.show({"memory at most": {"GB": Figure(peak.bytes / 1e9), "limit": Figure(MEMORY_LIMIT / 1e9)}})
    return printer.table


def header(readme: str, requirements: str) -> list[str]:
    """What is wrong with the header of a Space; an empty list where nothing is.

    >>> header("# No header", "gradio>=6")
    ['there is none']
    """
    parts = readme.split("---\n", 2)
    try:
        told: Any = yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0] else None
    except yaml.YAMLError as error:
        return [f"it is no YAML ({error})"]
    if not isinstance(told, dict):
        return ["there is none"]
    wrong = [f"{name} is missing" for name in NEEDED if name not in told]
    wrong += [f"{name} is nothing that a Space knows" for name in told if name not in KNOWN]
    wrong += [f"{name} has to be {kind.__name__}" for name, kind in KNOWN.items() if not _is(told.get(name), kind)]
    if wrong:
        return wrong
    if told["sdk"] != "gradio":
        wrong.append("sdk has to be gradio")
    if len(told["short_description"]) > LONGEST_DESCRIPTION:
        wrong.append(f"short_description has more than {LONGEST_DESCRIPTION} characters")
    wrong += [f"{name} has to be a colour" for name in ("colorFrom", "colorTo") if told.get(name, "red") not in COLOURS]
    if not (ROOT / told["app_file"]).is_file():
        wrong.append(f"{told['app_file']} is not there")
    card = told.get("thumbnail", "")
    if card and not card.startswith("https://") and not (ROOT / card).is_file():
        wrong.append(f"{card}, the thumbnail, is not there")
    asked = [Requirement(line) for line in requirements.splitlines() if line.startswith("gradio")]
    if not all(it.specifier.contains(told["sdk_version"]) for it in asked):
        wrong.append(f"sdk_version {told['sdk_version']} is not what requirements.txt asks for")
    return wrong


def _is(value: Any, kind: type) -> bool:
    return value is None or isinstance(value, kind)


class _Peak:
    """Memory of some processes and their children together, bytes, at most."""

    def __init__(self) -> None:
        self.bytes = 0
        self.roots: set[int] = set()

    def look(self) -> None:
        parents, resident = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
                parents[int(stat.parent.name)] = int(fields[1])
                resident[int(stat.parent.name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
            except (OSError, ValueError, IndexError):  # it has just ended
                continue
        theirs = set(self.roots)
        while more := {pid for pid, parent in parents.items() if parent in theirs} - theirs:
            theirs |= more
        self.bytes = max(self.bytes, sum(resident.get(pid, 0) for pid in theirs))


@contextmanager
def _peak() -> Iterator[_Peak]:
    peak, over = _Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            peak.look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


@contextmanager
def _started(
    command: list[str], folder: Path, told: dict[str, str], peak: _Peak
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A process, and when it was started; it ends with the block."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=told, stdout=subprocess.DEVNULL)
    peak.roots.add(process.pid)
    try:
        yield process, began
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(folder: Path, copy: Path) -> tuple[float, str]:
    """A bare environment with what the copy requires: how long it took, and its Python."""
    began = time.perf_counter()
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "-r", str(copy / "requirements.txt")]
    if subprocess.run(command).returncode:
        raise MiloError("requirements.txt cannot be installed: see what pip has printed.")
    return time.perf_counter() - began, str(python)


def _variables(place: Path) -> dict[str, str]:
    """As a Space has them, with nothing of the user's own: no token, no cache, no settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "OMP_NUM_THREADS") if name in os.environ}
    home = place / "home"
    home.mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return kept | {
        "HOME": str(home),
        "SYSTEM": "spaces",
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
    }


def _clip(address: str, place: Path) -> float:
    """Seconds that a program waits for a clip to be analysed by the page, and for its files."""
    began = time.perf_counter()
    try:
        client = Client(address, verbose=False, analytics_enabled=False, download_files=str(place / "result"))
        asked = {"duration_s": CLIP_S, "api_name": "/analyse"}
        _, record, files = client.submit(handle_file(EXAMPLE), **asked).result(PATIENCE_S)
    except Exception as error:  # of many kinds: the client's own, the network's, time that is over
        raise MiloError(f"A clip could not be analysed by the page: {error}") from error
    if not record["clip"] or not files:
        raise MiloError("The page has analysed a clip and found nothing: see what it has printed.")
    return time.perf_counter() - began


def _first_page(process: subprocess.Popen[bytes], address: str, began: float) -> float:
    """Seconds until the page comes."""
    while time.perf_counter() - began < PATIENCE_S:
        if process.poll() is not None:
            raise MiloError(f"app.py has ended with code {process.returncode}: see what it has printed.")
        try:
            with urlopen(f"{address}/", timeout=10) as answer:
                if b"MILO" in answer.read():
                    return time.perf_counter() - began
        except (URLError, OSError):
            time.sleep(0.1)
    raise MiloError(f"The page has not come in {PATIENCE_S:.0f} s: start app.py by hand to see why.")
