"""Fifty visitors at once, each with a clip of their own, while others hang up, cancel, or break off an upload.

Each must get the answer that the clip gets when nobody else is there: its name, its duration, its scores. Afterwards
nobody works, no folder of an unfinished run is left, and the program takes little more memory than before.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from milo_demo.evaluation.robustness.files import Tried
from milo_demo.evaluation.robustness.made.case import ffmpeg
from milo_demo.evaluation.robustness.serving import FORBIDDEN, ROOT, RUN, Server, Visitor
from milo_demo.evaluation.robustness.watching import Peak, memory_bytes
from milo_demo.options import AnalysisOptions
from milo_demo.pipeline import analyse
from milo_demo.ui.gate.keeping import HALF_S, sweep

VISITORS, UNSTEADY = 50, 12
MUSIC = ROOT / "assets" / "examples" / "made_band.m4a"
LONG = ROOT / "assets" / "examples" / "drawn_duet.mp4"
"""What is cancelled: it lasts long enough."""
DONE = "analysis.json"
ROUND_S = 7.0
"""Of the music, from which clips are cut."""
CANCELLED_S = 1.0
SETTLED_S = 30.0
MORE_BYTES = 400_000_000
"""That may be taken after it more than before: what libraries keep for sounds of other lengths."""
SCORE_OFF = 1e-3


def run() -> Iterator[Tried]:
    """All of it; one `Tried` for each visitor, and those that count what is left."""
    with TemporaryDirectory(prefix="milo-load-") as name:
        clips = [_clip(Path(name), k) for k in range(VISITORS)]
        alone = _alone(clips)
        with Server(Path(name)) as server:
            _visit(server, clips[0], alone[clips[0].name], "10.1.1.1")  # what is loaded once is loaded
            _watch(server)
            before = memory_bytes(server.process.pid)
            unsteady = [
                partial(act, server, clips[k % VISITORS]) for k in range(UNSTEADY) for act in (_hang_up, _break_off)
            ]
            steady = [partial(_visit, server, clip, alone[clip.name], f"10.0.{k}.1") for k, clip in enumerate(clips)]
            with Peak(server.process.pid) as peak, ThreadPoolExecutor(len(steady) + len(unsteady)) as pool:
                found = list(pool.map(_tried, [*steady, *unsteady]))
            yield from found
            for k in range(UNSTEADY):
                yield _tried(partial(_cancel, server, k))
            yield _left(server, peak.bytes, before)


def _tried(act: Callable[[], Tried]) -> Tried:
    """What an act came to; one that fails has failed."""
    try:
        return act()
    except Exception as error:
        return Tried("a visitor", f"{error!r}"[:300])


def _clip(folder: Path, k: int) -> Path:
    path = folder / f"visitor {k}.flac"
    ffmpeg("-ss", k * ROUND_S / VISITORS, "-t", 1 + 0.03 * k, "-i", MUSIC, "-c:a", "flac", path)
    return path


def _alone(clips: list[Path]) -> dict[str, dict[str, Any]]:
    """Each clip's own answer: duration and scores."""
    found = {}
    for clip in clips:
        analysis = analyse(clip, AnalysisOptions(separator="none"))
        scores = {row.label: row.score for row in analysis.clip}
        found[clip.name] = {"duration_s": analysis.media.duration_s, "scores": scores}
    return found


def _visit(server: Server, clip: Path, own: dict[str, Any], address: str) -> Tried:
    """Somebody who waits for the answer."""
    began_s = time.monotonic()
    visitor = Visitor(server, address)
    visitor.choose(visitor.upload(clip))
    visitor.analyse()
    result = visitor.analysis("".join(visitor.told()))
    return Tried(f"visitor of {clip.name}", _unlike(result, clip.name, own), time.monotonic() - began_s)


def _unlike(result: dict[str, Any] | None, name: str, own: dict[str, Any]) -> str:
    """In what a result is not the clip's own; empty where it is."""
    if result is None:
        return "got no result"
    media, scores = result["media"], {row["label"]: row["score"] for row in result["clip"]}
    if media["source_name"] != name or abs(media["duration_s"] - own["duration_s"]) > SCORE_OFF:
        return f"got the result of {media['source_name']}, {media['duration_s']} s"
    off = max(abs(scores.get(label, -1) - score) for label, score in own["scores"].items())
    return f"scores are off by {off}" if off > SCORE_OFF else ""


def _watch(server: Server) -> None:
    """Somebody who has a whole video analysed."""
    visitor = Visitor(server, "10.1.1.2")
    visitor.choose(visitor.upload(LONG))
    visitor.analyse()
    for _ in visitor.told():
        pass


def _hang_up(server: Server, clip: Path) -> Tried:
    """Somebody who closes the window while the run is at work or waits."""
    visitor = Visitor(server, "10.2.0.1")
    visitor.choose(visitor.upload(clip))
    visitor.analyse()
    for _ in zip(range(3), visitor.told(), strict=False):
        pass
    visitor.http.close()
    return Tried("who hangs up")


def _break_off(server: Server, clip: Path) -> Tried:
    """Somebody whose upload ends half-way."""
    visitor = Visitor(server, "10.3.0.1")

    def half() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="half.flac"\r\n\r\n'
        yield clip.read_bytes()
        raise ConnectionAbortedError

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": "1000000"}
    with suppress(Exception):
        visitor.http.post("/gradio_api/upload", content=half(), headers=headers)
    return Tried("who breaks off")


def _cancel(server: Server, patience: int) -> Tried:
    """Somebody who presses Cancel after so many views; the run's folder has to go within a second."""
    visitor = Visitor(server, "10.4.0.1")
    visitor.choose(visitor.upload(LONG))
    before = set(server.results())
    number, views = visitor.analyse(), 0
    for line in visitor.told():
        views += "process_generating" in line
        if views > patience:
            break
    began = {folder for folder in set(server.results()) - before if not (folder / DONE).exists()}
    began_s = time.monotonic()
    visitor.cancel(RUN, number)
    while any(folder.exists() for folder in began) and time.monotonic() - began_s < 10 * CANCELLED_S:
        time.sleep(0.01)
    seconds = time.monotonic() - began_s
    wrong = f"waits {seconds:.1f} s" if seconds > CANCELLED_S else "" if began else "there was no run to cancel"
    return Tried(f"who cancels after {patience} views", wrong, seconds)


def _left(server: Server, peak_bytes: int, before_bytes: int) -> Tried:
    """What is left when all have gone."""
    deadline_s = time.monotonic() + SETTLED_S
    while time.monotonic() < deadline_s and (server.children() or _unfinished(server)):
        time.sleep(0.2)
    halves = list(server.folder.glob("milo-*/gradio/*/tmp*"))
    more = memory_bytes(server.process.pid) - before_bytes
    wrong = f"{server.children()} children" if server.children() else ""
    wrong = wrong or (f"{len(_unfinished(server))} unfinished results" if _unfinished(server) else "")
    wrong = wrong or (f"{more / 1e6:.0f} MB more than before" if more > MORE_BYTES else "")
    sweep(server.results()[0].parent, time.time() + HALF_S + 1)
    wrong = wrong or (f"{len(halves)} halves of uploads for good" if any(half.exists() for half in halves) else "")
    log = server.log()
    wrong = wrong or (f"a traceback: {log[log.index(FORBIDDEN) :][:1500]}" if FORBIDDEN in log else "")
    said = f"{len(halves)} parts of uploads, which go after a while; {more / 1e6:.0f} MB more than before"
    return Tried("what is left", wrong, peak_bytes=peak_bytes, said=said)


def _unfinished(server: Server) -> list[Path]:
    return [folder for folder in server.results() if not (folder / DONE).exists()]
