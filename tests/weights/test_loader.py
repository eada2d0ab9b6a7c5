"""Loading checkpoints: bundled, cached, from a Hub on loopback; and never the wrong one."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch

from milo_demo import weights
from milo_demo.errors import MiloError
from milo_demo.weights import loader
from milo_demo.weights.registry import BUNDLED, NEWEST, files_of, remote_files


@pytest.fixture
def nothing_loaded(monkeypatch):
    """A process that has not loaded anything yet."""
    monkeypatch.setattr(loader, "_loaded", {})


@pytest.mark.parametrize("role", weights.ROLES)
def test_every_bundled_checkpoint_loads_and_says_what_it_is(role):
    loaded = weights.load(role)
    assert loaded.used.origin == "bundled"
    assert not loaded.module.training
    card = loaded.card
    assert card.role == role and card.measured and card.known_failures and card.notes["recipe"]


@pytest.mark.parametrize("role", weights.ROLES)
def test_bundled_files_stay_under_10_mb(role):
    assert all((BUNDLED / name).stat().st_size < 10_000_000 for name in files_of(role))


def test_threads_share_one_copy(nothing_loaded):
    with ThreadPoolExecutor(8) as pool:
        modules = {id(weights.load("sound").module) for _ in pool.map(lambda _: weights.load("sound"), range(16))}
    assert len(modules) == 1


def test_a_copy_for_each_role_and_device(nothing_loaded):
    anywhere, here = weights.load("trunk"), weights.load("trunk", "cpu")
    assert next(here.module.parameters()).device.type == "cpu"
    assert here.module is weights.load("trunk", device=torch.device("cpu")).module
    meta = weights.load("trunk", "meta").module  # a device without memory, where no GPU is at hand
    assert next(meta.parameters()).device.type == "meta"
    assert anywhere.module is weights.load("trunk").module, "the other copy has not moved this one"
    assert next(here.module.parameters()).device.type == "cpu"


def test_finding_loads_nothing(nothing_loaded):
    assert weights.find("sound").used == weights.load("sound").used
    loader._loaded.clear()
    weights.find("sound")
    weights.cards()
    assert loader._loaded == {}


def test_a_card_of_other_numbers_cannot_be_registered(tmp_path):
    for name in files_of("trunk"):
        (tmp_path / name).write_bytes((BUNDLED / name).read_bytes())
    (tmp_path / "trunk.safetensors").write_bytes((BUNDLED / "object.safetensors").read_bytes())
    with pytest.raises(MiloError, match="speaks of other numbers"):
        weights.register("trunk", tmp_path)


def test_a_changed_card_is_refused(nothing_loaded, monkeypatch, tmp_path):
    for name in files_of("sound"):
        (tmp_path / name).write_bytes((BUNDLED / name).read_bytes())
    with open(tmp_path / "sound.json", "a") as file:
        file.write(" ")
    monkeypatch.setattr(loader, "BUNDLED", tmp_path)
    with pytest.raises(MiloError, match=r"sound\.json .* not the one"):
        weights.load("sound")


def test_a_changed_checkpoint_is_refused(nothing_loaded, monkeypatch, tmp_path):
    for name in files_of("sound"):
        (tmp_path / name).write_bytes((BUNDLED / name).read_bytes())
    with open(tmp_path / "sound.safetensors", "r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    monkeypatch.setattr(loader, "BUNDLED", tmp_path)
    with pytest.raises(MiloError, match=r"sound\.safetensors .* not the one"):
        weights.load("sound")


def test_without_checkpoint_and_repository_the_message_says_what_to_do(nothing_loaded, monkeypatch, tmp_path):
    monkeypatch.setattr(loader, "BUNDLED", tmp_path)
    monkeypatch.delenv("MILO_HUB_REPO", raising=False)
    with pytest.raises(MiloError, match="MILO_HUB_REPO"):
        weights.load("sound")


class _Hub(BaseHTTPRequestHandler):
    """As much of the Hub's protocol as a download needs: a HEAD that describes a file, a GET that sends it."""

    requested: list[str]
    commit = "0123456789abcdef0123456789abcdef01234567"

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def _answer(self, with_body: bool):
        self.requested.append(f"{self.command} {self.path}")
        name = self.path.removeprefix(f"/someone/milo/resolve/{NEWEST}/")
        if name not in remote_files("sound"):
            self.send_error(404)
            return
        content = (BUNDLED / files_of("sound")[remote_files("sound").index(name)]).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", self.commit)
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def hub():
    """A small Hub-shaped server on loopback: its address and the requests it has had."""
    handler = type("Hub", (_Hub,), {"requested": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler.requested
    server.shutdown()
    server.server_close()


def load_elsewhere(tmp_path, endpoint: str, repository: str = "someone/milo") -> subprocess.CompletedProcess:
    """`load("sound")` in a process of its own (the Hub's address is read at import) without bundled checkpoints."""
    program = (
        "import json, pathlib, sys\n"
        "from milo_demo import MiloError, weights\n"
        "from milo_demo.weights import loader\n"
        f"loader.BUNDLED = pathlib.Path({str(tmp_path / 'nothing')!r})\n"
        "try:\n    print(json.dumps(weights.load('sound').used.__dict__))\n"
        "except MiloError as error:\n    sys.exit(str(error))\n"
    )
    environment = os.environ | {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path), "MILO_HUB_REPO": repository}
    environment |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_ETAG_TIMEOUT": "2"}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=120)


def test_download_then_cache(hub, tmp_path):
    address, requested = hub
    first = load_elsewhere(tmp_path, address)
    assert json.loads(first.stdout)["origin"] == "hub", first.stderr
    assert any(line.startswith("GET ") for line in requested)
    requested.clear()
    second = load_elsewhere(tmp_path, address)
    assert json.loads(second.stdout)["origin"] == "cache", second.stderr
    assert requested == []


def test_what_an_older_version_has_left_in_the_cache_is_asked_for_anew(hub, tmp_path):
    kept, older = tmp_path / "hub" / "models--someone--milo", "9" * 40
    left = dict.fromkeys((kept / "snapshots" / older / name for name in remote_files("sound")), "{}")
    for path, content in {kept / "refs" / NEWEST: older, **left}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    answer = load_elsewhere(tmp_path, "http://127.0.0.1:9")
    assert "not the one this version was tested with" in answer.stderr, "which nobody can better without the Hub"
    answer = load_elsewhere(tmp_path, hub[0])
    assert json.loads(answer.stdout)["origin"] == "hub", answer.stderr
    answer = load_elsewhere(tmp_path, "http://127.0.0.1:9")
    assert json.loads(answer.stdout)["origin"] == "cache", answer.stderr


def test_a_repository_that_does_not_have_it_is_one_sentence(hub, tmp_path):
    answer = load_elsewhere(tmp_path, hub[0], repository="someone/else")
    assert answer.returncode == 1
    assert "could not be fetched from someone/else" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_what_is_no_name_of_a_repository_is_said_to_be_none(tmp_path):
    answer = load_elsewhere(tmp_path, "http://127.0.0.1:9", repository="not a/name/at all")
    assert answer.returncode == 1
    assert answer.stderr.startswith(
        "MILO_HUB_REPO is 'not a/name/at all', which is no name of a Hugging Face repository"
    )
    assert answer.stderr.count("\n") == 1
