"""The same clip by Python, command line, page, HTTP and MCP: the same record."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from gradio import mcp
from gradio_client import Client, handle_file

from milo_demo import AnalysisOptions, analyse
from milo_demo.__main__ import main
from milo_demo.evaluation.robustness.serving import Visitor
from milo_demo.programs import functions
from milo_demo.saved import explain_frame
from milo_demo.ui import build, look, results
from tests.media.making import ffmpeg

ASKED = {"duration_s": 60.0, "separator": "none"}
"""As the page is asked by `Visitor.analyse`."""


def mcp_is_there() -> bool:
    return hasattr(mcp.GradioMCPServer, "StreamableHTTPSessionManager")


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        results.home.cache_clear()
        page = build()
        _, url, _ = page.launch(**look(mcp=mcp_is_there()), prevent_thread_lock=True, quiet=True)
        yield url.rstrip("/")
        page.close()
        results.home.cache_clear()


@pytest.fixture(scope="module")
def clip(tmp_path_factory, example) -> Path:
    path = tmp_path_factory.mktemp("made") / "clip.mp4"
    ffmpeg("-ss", 3, "-t", 1, "-i", example, path)
    return path


@pytest.fixture(scope="module")
def by_python(clip, tmp_path_factory) -> tuple[dict, Path]:
    folder = tmp_path_factory.mktemp("by_python")
    return told(functions.record(analyse(clip, AnalysisOptions(**ASKED), out=folder))), folder


def told(record: dict) -> dict:
    """A record but for how long things took, and without what differs in name only (`functions.record`)."""
    assert record["clip"] and record["events"]
    return {key: value for key, value in record.items() if key != "timings_s"}


def test_the_command_line(clip, by_python, tmp_path):
    flags = ["--duration", "60", "--separator", "none"]
    assert main(["analyse", str(clip), "--out", str(tmp_path / "out"), *flags]) == 0
    assert told(json.loads((tmp_path / "out" / "analysis.json").read_text("utf-8"))) == by_python[0]


def test_the_page(clip, by_python, address):
    visitor = Visitor(SimpleNamespace(address=address))  # type: ignore[reportArgumentType]
    visitor.choose(visitor.upload(clip))
    visitor.analyse()
    said = "".join(visitor.told())
    assert told(visitor.analysis(said) or {}) == by_python[0]


def test_http(clip, by_python, address, tmp_path):
    client = Client(address, verbose=False, download_files=str(tmp_path), analytics_enabled=False)
    job = client.submit(handle_file(clip), **ASKED, api_name="/analyse")
    result, record, files = job.result()
    assert told(record) == by_python[0]
    partly = [it[1]["progress"]["stage"] for it in job.outputs()[:-1]]
    assert partly and set(partly) <= {"wait", "read", "normalise", "hear", "see", "play", "separate", "write"}
    assert {Path(file).name for file in files} == set(record["files"])
    assert {Path(file).read_bytes() for file in files if file.endswith(".csv")} == {
        (by_python[1] / "events.csv").read_bytes()
    }
    seen, picture = client.predict(result, 0.5, api_name="/explain_frame")
    expected, still = explain_frame(by_python[1], 0.5)
    assert seen == json.loads(json.dumps(expected)) and still is not None
    assert Path(picture).read_bytes()[:3] == b"\xff\xd8\xff"
    assert client.predict(api_name="/instruments") == functions.instruments()
    with pytest.raises(Exception, match=r"clip\.mp4 was analysed without its tracks"):
        client.predict(result=result, api_name="/separate")
    _, tracks, files = client.predict(handle_file(clip), duration_s=0.6, api_name="/separate")
    assert [track["file"] for track in tracks] == [Path(file).name for file in files] and tracks


def test_a_call_that_is_cancelled_leaves_nothing(example, address):
    before = set(Path(results.home().name).iterdir())
    client = Client(address, verbose=False, analytics_enabled=False)
    job = client.submit(handle_file(example), api_name="/analyse")
    while not job.outputs():
        assert not job.done()
    assert set(Path(results.home().name).iterdir()) > before
    job.cancel()
    assert set(Path(results.home().name).iterdir()) == before


@pytest.mark.skipif(not mcp_is_there(), reason="mcp is not installed here (requirements-mcp.txt)")
def test_mcp(clip, by_python, address):
    from tests.ui.programs.asking_by_mcp import called_by_mcp

    [place] = httpx.post(f"{address}/gradio_api/upload", files={"files": ("clip.mp4", clip.read_bytes())}).json()
    names, answers = called_by_mcp(address, f"{address}/gradio_api/file={place}", clip, ASKED)
    assert names == ["analyse", "explain_frame", "separate", "instruments"]
    assert told(json.loads(answers["analyse"][1])) == by_python[0]
    assert json.loads(answers["explain_frame"][0]) == explain_frame(by_python[1], 0.5)[0]
    assert answers["explain_frame"][1].startswith("/9j/"), "a picture that the model can look at"
    assert [it["label"] for it in json.loads(answers["separate"][1])]
    assert json.loads(answers["instruments"][0]) == functions.instruments()
    assert "none that was uploaded here" in answers["elsewhere"][0]
    assert len(answers["hidden"]) == 2 and all("is not of type" in said for said in answers["hidden"])
    assert "needs either" in answers["nothing"][0]
