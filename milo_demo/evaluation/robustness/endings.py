"""SIGTERM and SIGKILL at each stage of an analysis, on the command line and behind the page: no child lives on, and
what a killed run leaves goes with the next."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from milo_demo.evaluation.robustness.files import Tried
from milo_demo.evaluation.robustness.serving import ROOT, Server, Visitor
from milo_demo.evaluation.robustness.watching import family
from milo_demo.folder import working
from milo_demo.pipeline import STAGES

GONE_S = 2.0
EXAMPLE = ROOT / "assets" / "examples" / "drawn_duet.mp4"
PROGRAM = """
import sys
from milo_demo import AnalysisOptions, analyse
from milo_demo.machine.ending import stop_when_asked
stop_when_asked()
try:
    analyse(sys.argv[1], AnalysisOptions(duration_s=4, annotated=True), out=sys.argv[2],
            on_stage=lambda stage, fraction: print(stage, flush=True))
except KeyboardInterrupt:
    sys.exit(130)
"""


def run() -> Iterator[Tried]:
    """One `Tried` for each stage and signal."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for stage in STAGES:
            with TemporaryDirectory(prefix="milo-ended-") as name:
                yield _ended(stage, how, Path(name) / "result")
        with TemporaryDirectory(prefix="milo-ended-") as name:
            yield _page(how, Path(name))


def _ended(stage: str, how: signal.Signals, out: Path) -> Tried:
    """End an analysis when it has come to a stage."""
    command = [sys.executable, "-c", PROGRAM, str(EXAMPLE), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == stage:
            break
    children = family(process.pid)[1:]
    process.send_signal(how)
    began_s = time.monotonic()
    process.stdout.close()
    process.wait(timeout=60)
    _wait_until(lambda: not _alive(children), began_s)
    wrong = f"{len(_alive(children))} children live on" if _alive(children) else ""
    if how is signal.SIGTERM and out.exists() and not (out / "analysis.json").exists():
        wrong = wrong or f"left {[path.name for path in out.iterdir()]}"
    if how is signal.SIGKILL:
        with working(out, EXAMPLE) as mine:
            others = [path.name for path in out.glob(".milo-*") if path.is_dir() and path != mine]
        wrong = wrong or (f"left {others}" if others else "")
    return Tried(f"{how.name} at {stage}", wrong, time.monotonic() - began_s)


def _page(how: signal.Signals, folder: Path) -> Tried:
    """End a page while a run of a long clip is at work."""
    with Server(folder) as server:
        visitor = Visitor(server)
        visitor.choose(visitor.upload(EXAMPLE))
        visitor.analyse()
        for line in visitor.told():
            if "normalise" in line or "copy" in line or server.children():
                break
        children = family(server.process.pid)[1:]
        server.process.send_signal(how)
        began_s = time.monotonic()
        server.process.wait(timeout=60)
        _wait_until(lambda: not _alive(children), began_s)
        seconds = time.monotonic() - began_s
        wrong = f"{len(_alive(children))} children live on" if _alive(children) else ""
        left = list(folder.glob("milo-*/gradio/*/"))
        if how is signal.SIGTERM and left:
            wrong = wrong or f"left {len(left)} folders"
    if how is signal.SIGKILL:
        with Server(folder):
            left = list(folder.glob("milo-*/gradio/*/"))
            wrong = wrong or (f"left {len(left) - 1} folders for the next" if len(left) != 1 else "")
    return Tried(f"{how.name} to a page at work", wrong, seconds)


def _alive(processes: list[int]) -> list[int]:
    running = _running()
    return [process for process in processes if process in running]


def _running() -> set[int]:
    """Processes that have not ended; one that nobody has asked for since has."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if path.read_text().rpartition(")")[2].split()[0] != "Z":
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def _wait_until(done: Callable[[], bool], began_s: float) -> None:
    while not done() and time.monotonic() - began_s < GONE_S:
        time.sleep(0.02)
