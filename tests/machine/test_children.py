import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from milo_demo.machine import children

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits are the system's")


def test_a_child_that_wants_too_much_memory_does_not_get_it(monkeypatch):
    monkeypatch.setattr(children, "MEMORY_BYTES", 200_000_000)
    greedy = [sys.executable, "-c", "print(len(bytes(10**6))); bytes(10**9)"]
    child = children.start(greedy)
    said = child.communicate()[0].decode()
    assert said.startswith("1000000") and "MemoryError" in said and child.returncode == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere children are not told")
def test_a_child_dies_with_its_parent(tmp_path):
    lasting = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
    program = (
        "from milo_demo.machine import children\n"
        f"child = children.start({lasting!r})\n"
        "child.stdout.readline(); print(child.pid, flush=True); child.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline_s = time.monotonic() + 60
    while _lives(child):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def test_a_child_outlives_the_thread_that_wanted_it():
    """A page's threads come and go while FFmpeg works, and Linux tells a child of the end of its thread."""
    started = []

    def want() -> None:
        child = children.start([sys.executable, "-c", "print('here', flush=True); import time; time.sleep(60)"])
        started.append((child, child.stdout.readline()))

    wanting = threading.Thread(target=want)
    wanting.start()
    wanting.join()
    [(child, said)] = started
    assert said == b"here\n"
    time.sleep(0.2)
    assert child.poll() is None
    child.kill()
    child.communicate()


def _lives(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody asks for any more does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
