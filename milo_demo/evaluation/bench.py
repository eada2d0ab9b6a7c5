"""Time and memory of the whole program: ``python -m milo_demo bench``.

What is done to a clip is given in seconds, as a ratio to the clip's duration, and as a ratio to the time that
normalising the same clip took in the same run: that is FFmpeg's work, so that the second ratio says more of the program
than of the machine.

The clip is the drawn example, repeated to the length wanted. What a user waits for from the first moment on runs in
processes of its own, so that a figure holds all of it, and all memory that the operating system would have to give.
"""

import base64
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import imageio_ffmpeg
import numpy as np
import torch
from PIL import Image

from milo_demo import weights
from milo_demo.errors import MiloError
from milo_demo.evaluation import drift
from milo_demo.evaluation.table import Figure, Printer, Table
from milo_demo.grid import SIDE_PX
from milo_demo.media import decode
from milo_demo.pipeline import analyse

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "assets" / "examples" / "drawn_duet.mp4"
SHORT_S, LONG_S = 20.0, 1200.0
PORT = 7869
FRAME_PX = 216, 384
"""Height and width of a frame of a video at 16:9, as the eye is given it."""
FRAMES, THREADS = 40, 2
LOOKS = 60


def bench(*, long: bool = False) -> None:
    """Print one line per figure. With `long`, also what a 20-minute video takes (some minutes)."""
    printer = Printer()
    printer.show(start_up())
    with _page() as taken_s:
        printer.show({"page answers": {"seconds": Figure(taken_s)}})
        printer.show({"camera, looks": {"a second": Figure(looks_per_s())}})
        try:
            printer.show(drift.measured(f"http://127.0.0.1:{PORT}/"))
        except MiloError as error:
            print(error)
    printer.show({f"one frame, 384 x 216: {what}": {"ms": Figure(taken_ms)} for what, taken_ms in look_ms().items()})
    with tempfile.TemporaryDirectory() as folder:
        clip = repeat(EXAMPLE, SHORT_S, Path(folder) / "short.mp4")
        for run in ("cold", "warm"):  # the second time the models are there, and its times are the ones that count
            printer.show(stages(clip, Path(folder) / run, run))
        if long:
            printer.show(long_video(Path(folder)))


def start_up() -> Table:
    """What the command line and the package take to start."""
    commands = {
        "python -m milo_demo --help": ["-m", "milo_demo", "--help"],
        "import milo_demo": ["-c", "import milo_demo"],
    }
    return {what: {"seconds": Figure(_seconds([sys.executable, *command]))} for what, command in commands.items()}


@torch.inference_mode()
def look_ms() -> dict[str, float]:
    """What one frame alone costs on THREADS threads, the median of FRAMES, milliseconds: networks -> time."""
    trunk, objects, boxes = (weights.load(role).module for role in ("trunk", "object", "boxes"))
    rng = np.random.default_rng(0)
    frame = torch.from_numpy(rng.integers(0, 256, (1, 3, *FRAME_PX), np.uint8)).to(next(trunk.parameters()).device)
    taken_s: dict[str, list[float]] = {"trunk": [], "trunk, map": [], "trunk, map, boxes": []}
    threads = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        for _ in range(FRAMES):
            began = time.perf_counter()
            features = trunk(frame)
            features.coarse[0, 0, 0, 0].item()  # a GPU has to be waited for
            taken_s["trunk"].append(time.perf_counter() - began)
            maps, scores = objects(features.coarse)
            scores[0, 0].item()
            taken_s["trunk, map"].append(time.perf_counter() - began)
            boxes.find(features, maps, FRAME_PX)
            taken_s["trunk, map, boxes"].append(time.perf_counter() - began)
    finally:
        torch.set_num_threads(threads)
    return {what: 1000 * float(np.median(times)) for what, times in taken_s.items()}


def stages(clip: Path, out: Path, run: str) -> Table:
    """Analyse a clip of SHORT_S: what it takes until something is shown, in all, and stage by stage."""
    began = time.perf_counter()
    heard_s: list[float] = []

    def note(stage: str, fraction: float) -> None:
        if stage == "hear" and fraction == 1.0:
            heard_s.append(time.perf_counter() - began)

    analysis = analyse(clip, out=out, on_stage=note)
    total_s = time.perf_counter() - began
    taken_s = {"picture and heard timeline": heard_s[0], "whole analysis": total_s, **analysis.timings_s}
    normalising_s = analysis.timings_s["normalise"]
    return {f"{run}: {what}": _ratios(seconds, SHORT_S, normalising_s) for what, seconds in taken_s.items()}


def long_video(folder: Path) -> Table:
    """Time and memory of a clip of LONG_S on the command line."""
    clip, out = repeat(EXAMPLE, LONG_S, folder / "long.mp4"), folder / "long"
    taken_s = _seconds([sys.executable, "-m", "milo_demo", "analyse", str(clip), "--out", str(out)])
    normalising_s = json.loads((out / "analysis.json").read_text(encoding="utf-8"))["timings_s"]["normalise"]
    peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    figures = {**_ratios(taken_s, LONG_S, normalising_s), "GB resident": Figure(peak_kb / 1e6)}
    return {"20-minute video, command line": figures}


def repeat(source: Path, duration_s: float, out: Path) -> Path:
    """Repeat a clip until it lasts `duration_s`, copying its packets, so that even an hour is made in seconds."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-stream_loop", "-1", "-i", str(source)]
    subprocess.run([*command, "-c", "copy", "-t", str(duration_s), str(out)], check=True, stdin=subprocess.DEVNULL)
    return out


@contextmanager
def _page() -> Iterator[float]:
    """The running page; yields the seconds from starting app.py until it answered."""
    began = time.perf_counter()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(PORT)}
    page = subprocess.Popen([sys.executable, "app.py"], env=environment, stdout=subprocess.DEVNULL, cwd=ROOT)
    try:
        while page.poll() is None:
            try:
                _fetch("")
                break
            except URLError:
                time.sleep(0.05)
        else:
            raise RuntimeError("app.py ended before its page answered")
        yield time.perf_counter() - began
    finally:
        page.terminate()
        page.wait()


def looks_per_s() -> float:
    """Stills a second that the running page answers to one visitor's camera, one after the other: sent, looked at, and
    what is in them sent back. The browser's part, which is making the still, comes on top."""
    components = json.loads(_fetch("config"))["components"]
    panel = next(component["id"] for component in components if component["props"].get("server_fns") == ["look"])
    requests = [
        {"data": still, "component_id": panel, "fn_name": "look", "session_hash": "benchmark"}
        for still in _stills(EXAMPLE, LOOKS)
    ]
    taken_s = []
    for request in requests:
        began = time.perf_counter()
        answer = json.loads(_fetch("gradio_api/component_server/", request))
        taken_s.append(time.perf_counter() - began)
        if "wrong" in answer:
            raise RuntimeError(answer["wrong"])
    return 1 / float(np.median(taken_s))


def _stills(clip: Path, count: int) -> Iterator[str]:
    """Frames of a clip as the browser sends them: JPEG in base64."""
    for _, frame in decode.frames(clip, count / SHORT_S, SIDE_PX, duration_s=SHORT_S):
        file = BytesIO()
        Image.fromarray(frame).save(file, "JPEG", quality=80)
        yield base64.b64encode(file.getvalue()).decode()


def _fetch(path: str, message: dict | None = None) -> bytes:
    """What the running page answers at `path`, to a message if there is one."""
    data = None if message is None else json.dumps(message).encode()
    request = Request(f"http://127.0.0.1:{PORT}/{path}", data, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        return answer.read()


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - began


def _ratios(taken_s: float, duration_s: float, normalising_s: float) -> dict[str, Figure]:
    return {
        "seconds": Figure(taken_s),
        "of the clip": Figure(taken_s / duration_s),
        "of normalising": Figure(taken_s / normalising_s),
    }
