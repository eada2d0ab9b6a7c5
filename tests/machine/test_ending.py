import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from milo_demo.folder import working
from tests.media.making import clip

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="nobody sends it elsewhere")


def test_an_analysis_that_is_asked_to_stop_leaves_nothing(tmp_path):
    clip(tmp_path / "clip.mp4", duration_s=30)
    result = tmp_path / "result"
    command = [sys.executable, "-m", "milo_demo", "analyse", str(tmp_path / "clip.mp4"), "--out", str(result)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    deadline_s = time.monotonic() + 60
    while not list(result.glob(".milo-*/.video.mp4.part")):  # FFmpeg is at work
        assert running.poll() is None and time.monotonic() < deadline_s
        time.sleep(0.01)
    running.send_signal(signal.SIGTERM)
    said = running.communicate(timeout=30)[1]
    assert running.returncode == 130 and said.endswith("Stopped; nothing was written.\n")
    assert not result.exists()


def test_a_page_that_is_asked_to_stop_leaves_nothing(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    environment |= {"TMPDIR": str(tmp_path), "GRADIO_SERVER_PORT": "0", "PYTHONUNBUFFERED": "1"}
    page = subprocess.Popen([sys.executable, "app.py"], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
    assert page.stdout is not None
    assert any("Running on" in line for line in iter(page.stdout.readline, ""))
    folders = f"milo-{os.getuid()}/gradio/*/"
    assert len(list(tmp_path.glob(folders))) == 1
    page.send_signal(signal.SIGTERM)
    page.communicate(timeout=30)
    assert list(tmp_path.glob(folders)) == []


def test_what_a_killed_analysis_leaves_goes_with_the_next(tmp_path):
    clip(tmp_path / "clip.mp4", duration_s=30)
    result = tmp_path / "result"
    command = [sys.executable, "-m", "milo_demo", "analyse", str(tmp_path / "clip.mp4"), "--out", str(result)]
    running = subprocess.Popen(command, cwd=ROOT)
    deadline_s = time.monotonic() + 60
    while not list(result.glob(".milo-*/.video.mp4.part")):
        assert running.poll() is None and time.monotonic() < deadline_s
        time.sleep(0.01)
    with working(result, tmp_path / "clip.mp4"):  # the next one begins while it lives
        assert len(list(result.glob(".milo-*/"))) == 2
    running.kill()
    running.wait()
    assert len(list(result.glob(".milo-*/"))) == 1
    with working(result, tmp_path / "clip.mp4") as mine:
        assert list(result.glob(".milo-*/")) == [mine]
    assert list(result.glob(".milo-*")) == []
