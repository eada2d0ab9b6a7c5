"""Publishing and pulling, against a Hub on loopback: broken off and taken up again, and the same afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from milo_demo import AnalysisOptions, analyse, weights
from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.weights import Card, loader, publish, registry
from milo_demo.weights.registry import BUNDLED, ROLES, files_of, remote_files
from tests.weights.hub import TOKEN, Hub

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from milo_demo.weights import loader, registry
registry.PIN = Path(sys.argv[1])
loader.BUNDLED = Path(sys.argv[2])
from huggingface_hub import constants
constants.DOWNLOAD_CHUNK_SIZE = 65_536
from milo_demo.__main__ import main
sys.exit(main(sys.argv[3:]))
"""
PART = AnalysisOptions(start_s=4.0, duration_s=1.0, separator="none")


@pytest.fixture(scope="module")
def hub():
    server = Hub()
    yield server
    server.close()


def begin(hub: Hub, home: Path, *arguments: str, bundled: Path = BUNDLED, **environment: str) -> subprocess.Popen:
    """The command line in a process of its own, whose pin and cache lie in `home`."""
    told = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "MILO_"))}
    told |= {"HF_ENDPOINT": hub.address, "HF_HOME": str(home / "cache"), "HF_HUB_DISABLE_XET": "1"}
    told |= {"HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(ROOT), "HF_TOKEN": TOKEN} | environment
    command = [sys.executable, "-c", PROGRAM, str(home / "hub.json"), str(bundled), *arguments]
    return subprocess.Popen(command, env=told, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process: subprocess.Popen) -> tuple[int, str, str]:
    out, wrong = process.communicate(timeout=240)
    return process.returncode, out, wrong


@pytest.fixture(scope="module")
def published(hub, tmp_path_factory) -> Path:
    """Everything is published by a run that takes up what a killed one has begun; the home in which that was done."""
    home = tmp_path_factory.mktemp("publisher")
    hub.uploads_left = 4
    first = begin(hub, home, "weights", "publish", "someone/milo")
    assert hub.stuck.wait(120), end(first)
    first.kill()
    first.communicate()
    hub.go_on.set()
    sent = set(hub.blobs)
    assert sent and not any(hub.commits.values()) and not (home / "hub.json").exists()
    hub.asked.clear()
    code, out, wrong = end(begin(hub, home, "weights", "publish", "someone/milo"))
    assert code == 0, wrong
    again = {line.rpartition("/")[2] for line in hub.asked if line.startswith("PUT")}
    assert again and not again & sent, "what the Hub has is not sent again"
    assert hub.heads["someone/milo"] in out
    return home


def test_a_repository_holds_every_role_with_its_card_byte_for_byte(hub, published):
    pin = json.loads((published / "hub.json").read_text())
    assert pin == {"repository": "someone/milo", "revision": hub.heads["someone/milo"]}
    files = {path: hub.blobs[sha] for path, (sha, _) in hub.commits[pin["revision"]].items()}
    for role in ROLES:
        for path, name in zip(remote_files(role), files_of(role), strict=True):
            assert files[path] == (BUNDLED / name).read_bytes()
    assert files["notes/LICENSE"] == (BUNDLED / "notes.LICENSE").read_bytes()
    head = yaml.safe_load(files["README.md"].decode().split("---\n")[1])
    assert {"license", "library_name", "pipeline_tag", "datasets", "tags", "model-index"} <= set(head)
    figures = sum(len(part) for role in ROLES for part in Card.read(BUNDLED / f"{role}.json").measured.values())
    [model] = head["model-index"]
    assert sum(len(result["metrics"]) for result in model["results"]) == figures


def test_what_is_pulled_after_a_kill_gives_the_same_result(hub, published, example, tmp_path):
    (tmp_path / "hub.json").write_bytes((published / "hub.json").read_bytes())
    hub.stuck.clear()
    hub.go_on.clear()
    hub.bytes_left, hub.downloads_left = 1_000_000, 4
    hub.asked.clear()
    first = begin(hub, tmp_path, "weights", "list", bundled=tmp_path / "nothing")
    assert hub.stuck.wait(240), end(first)
    first.kill()
    first.communicate()
    hub.go_on.set()
    got = [line.split() for line in hub.asked if line.startswith("GET") and line.endswith(remote_files("")[0])]
    [resumed] = [line.split() for line in hub.asked if line.startswith("GET") and len(line.split()) == 3]
    assert 0 < int(resumed[2]) <= 1_000_000, "where the connection broke, it goes on"
    hub.asked.clear()
    wish = ["analyse", str(example), "--out", str(tmp_path / "pulled"), "--start", "4", "--duration", "1"]
    code, _, wrong = end(begin(hub, tmp_path, *wish, "--separator", "none", bundled=tmp_path / "nothing"))
    assert code == 0, wrong
    whole = [path for _, path in got[:-1]]
    assert len(whole) >= 2 and not [line for line in hub.asked if line.split()[1] in whole], "what is there is kept"
    analyse(example, PART, out=tmp_path / "own")
    pulled, own = (Analysis.load(tmp_path / name) for name in ("pulled", "own"))
    assert {model.origin for model in pulled.models} == {"hub", "cache"}
    assert (pulled.clip, pulled.tags, pulled.events, pulled.boxes) == (own.clip, own.tags, own.events, own.boxes)
    for name in ("object", "action", "sound", "tags"):
        assert np.array_equal(getattr(pulled.maps, name), getattr(own.maps, name))
    hub.asked.clear()
    code, out, wrong = end(begin(hub, tmp_path, "weights", "list", bundled=tmp_path / "nothing"))
    assert "cache" in out, wrong


@pytest.mark.parametrize("repository, environment, said", [
    ("milo", {}, "is no name of a Hugging Face repository"),
    ("a/b/c", {}, "is no name of a Hugging Face repository"),
    ("someone/milo", {"HF_TOKEN": ""}, "There is no token for the Hub"),
    ("someone/milo", {"HF_TOKEN": "hf_wrong"}, "does not accept the token"),
    ("another/milo", {}, "may not write to another/milo"),
    ("someone/milo", {"HF_ENDPOINT": "http://127.0.0.1:9"}, "The Hub cannot be reached"),
])  # fmt: skip
def test_what_keeps_from_publishing_is_one_sentence(hub, tmp_path, repository, environment, said):
    code, _, wrong = end(begin(hub, tmp_path, "weights", "publish", repository, **environment))
    assert code == 2 and said in wrong and wrong.count("\n") == 1
    assert not (tmp_path / "hub.json").exists()


@pytest.mark.parametrize("repository, revision, said", [
    ("someone/milo", "f" * 40, "has no commit"),
    ("someone/gone", "f" * 40, "which is not there or private"),
])  # fmt: skip
def test_what_keeps_from_pulling_is_one_sentence(hub, published, tmp_path, repository, revision, said):
    (tmp_path / "hub.json").write_text(json.dumps({"repository": repository, "revision": revision}))
    code, _, wrong = end(begin(hub, tmp_path, "weights", "list", bundled=tmp_path / "nothing"))
    assert code == 2 and said in wrong and wrong.count("\n") == 1


def test_a_card_without_figures_is_not_published(monkeypatch):
    found = loader.find_own("quality")
    bare = Card.from_record(json.loads((BUNDLED / "quality.json").read_text()) | {"measured": {}})
    monkeypatch.setattr(publish, "find_own", lambda role: weights.Checkpoint(found.numbers, bare, "bundled"))
    with pytest.raises(MiloError, match="The card of sound has no figures"):
        publish.plan("someone/milo")


def test_the_environment_chooses_another_repository_than_the_pinned(monkeypatch, tmp_path):
    monkeypatch.delenv("MILO_HUB_REPO", raising=False)
    monkeypatch.setattr(registry, "PIN", tmp_path / "hub.json")
    assert registry.repository() == (None, "main")
    registry.PIN.write_text('{"repository": "someone/milo", "revision": "abc"}')
    assert registry.repository() == ("someone/milo", "abc")
    monkeypatch.setenv("MILO_HUB_REPO", "else/milo")
    assert registry.repository() == ("else/milo", "main")
