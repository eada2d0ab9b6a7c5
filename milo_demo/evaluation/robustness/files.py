"""Files through the command line, one after another, each watched: what came out, how long, how much memory, what is
left."""

import json
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from milo_demo.evaluation.robustness.made.case import A_RESULT, ANYTHING, Case
from milo_demo.evaluation.robustness.watching import Peak, family, left_in

MOST_BYTES = 2_000_000_000
"""That parent and children may take for any file: 1.1 GB are the program with all networks loaded, 0.8 FFmpeg's for
8K."""
ANEW = 40
"""A worker is replaced after so many files: the libraries keep something for every new size of picture and sound."""
LONGEST_S = 60.0
"""For any file, its networks loaded."""
LOADED_S = 180.0


@dataclass(frozen=True)
class Tried:
    """name  : of the attack
    wrong    : what gave way; empty where it survived
    said     : the sentence that came out, if any
    """

    name: str
    wrong: str = ""
    seconds: float = 0.0
    peak_bytes: int = 0
    said: str = ""


def run(cases: Iterable[Case]) -> Iterator[Tried]:
    """Make each file, analyse it, and say what gave way."""
    with TemporaryDirectory(prefix="milo-hostile-") as name, Worker() as worker:
        for number, case in enumerate(cases, start=1):
            if number % ANEW == 0:
                worker.replace()
            given, out = Path(name) / "given", Path(name) / "out"
            given.mkdir()
            path = given / case.name
            case.make(path)
            yield worker.try_(case, path, out)
            for folder in (given, out):
                shutil.rmtree(folder, ignore_errors=True)


class Worker:
    """A process that runs commands (`worker`); one that hangs or dies is replaced."""

    def __enter__(self) -> "Worker":
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def try_(self, case: Case, path: Path, out: Path) -> Tried:
        began_s = time.monotonic()
        with Peak(self.process.pid) as peak:
            answer = self._ask([str(path)], out, case.options)
        seconds = time.monotonic() - began_s
        said = str(answer.get("said", "")).strip()
        wrong = _wrong(case, answer.get("code"), said, out) or self._cost(peak.bytes)
        if "code" not in answer:
            wrong = "took too long" if seconds > LONGEST_S else "ended the program"
            self.replace()
        return Tried(case.name, wrong, seconds, peak.bytes, said)

    def replace(self) -> None:
        self._end()
        self._begin()

    def _ask(self, source: list[str], out: Path, options: Sequence[str]) -> dict:
        assert self.process.stdin is not None
        # After "--" only what is no option stands, whatever it begins with.
        command = ["analyse", "--out", str(out), *options, "--", *source]
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
        return self._answer(LONGEST_S)

    def _answer(self, longest_s: float) -> dict:
        try:
            line = self._lines.get(timeout=longest_s)
        except queue.Empty:
            return {}
        return json.loads(line) if line else {}

    def _cost(self, peak_bytes: int) -> str:
        if peak_bytes > MOST_BYTES:
            return "took too much memory"
        return "left children" if len(family(self.process.pid)) > 1 else ""

    def _begin(self) -> None:
        command = [sys.executable, "-m", "milo_demo.evaluation.robustness.worker"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(self.process, self._lines), daemon=True).start()
        if "code" not in self._answer(LOADED_S):
            self._end()
            raise RuntimeError("The program ends, or hangs, while it loads its networks: no file is to blame.")

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    def _end(self) -> None:
        self.process.kill()
        self.process.wait()


def _wrong(case: Case, code: object, said: str, out: Path) -> str:
    """What is wrong with how a command ended; empty where nothing is."""
    if code not in (0, 2):
        return f"ended with {code}: {said.splitlines()[-1] if said else ''}"
    if case.expected not in (A_RESULT, ANYTHING) and (code != 2 or case.expected not in said):
        return f"said {said or 'nothing'!r} where {case.expected!r} was due"
    if case.expected == A_RESULT and code != 0:
        return f"refused: {said}"
    if code == 2 and ("\n" in said or not said.endswith(".")):
        return f"said more than a sentence: {said!r}"
    if code == 0 and said:
        return f"said beside the result: {said[:200]!r}"
    left = left_in(out) if out.exists() else []
    if code == 0 and "analysis.json" not in left:
        return "wrote no result"
    if (code == 2 and out.exists()) or any(name.startswith(".milo-") for name in left):
        return f"left {left}"
    return ""
