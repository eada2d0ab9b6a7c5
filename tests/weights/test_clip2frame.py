"""Importing the authors' weights: the right file, wrong ones, hostile ones, and the way back."""

import errno
import io
import os
import pickle
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from milo_demo.__main__ import main
from milo_demo.errors import MiloError
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS
from milo_demo.weights import clip2frame, loader, registry
from milo_demo.weights.card import Card


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A bundled tag model, a cache folder of the test's own, and nothing loaded yet."""
    bundled = tmp_path / "bundled"
    bundled.mkdir()
    model = TagFCN()
    model.mean.fill_(5.0)
    model.std.fill_(3.0)
    numbers, card_file = bundled / "tags.safetensors", bundled / "tags.json"
    save_file(model.state_dict(), numbers)
    Card(
        role="tags",
        name="own",
        version="1",
        labels=TAGS,
        config={},
        thresholds=dict.fromkeys(TAGS, 0.5),
        training_data=("noise",),
        licence="MIT",
        sha256=registry.sha256(numbers),
        notes={"original_thresholds": dict.fromkeys(TAGS, 0.25)},
    ).write(card_file)
    for place in (loader, registry):
        monkeypatch.setattr(place, "BUNDLED", bundled)
    monkeypatch.setattr(loader, "ROLES", ("tags",))
    monkeypatch.setitem(registry.MODULES, "tags", "milo_demo.models.tags:TagFCN")
    monkeypatch.setattr(loader, "fingerprints", lambda: {"tags": registry.sha256(card_file)})
    monkeypatch.setattr(loader, "_loaded", {})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return model


def published() -> list[np.ndarray]:
    """Arrays as the authors' file has them."""
    rng = np.random.default_rng(0)
    return [rng.normal(0, 0.05, shape).astype(np.float32) for shape in clip2frame.SHAPES]


def packed(arrays: list[np.ndarray]) -> bytes:
    file = io.BytesIO()
    np.savez(file, *arrays)
    return file.getvalue()


def test_import_use_and_way_back(own, tmp_path, capsys, monkeypatch):
    source = tmp_path / "model.npz"
    source.write_bytes(packed(published()))
    assert loader.load("tags").used.origin == "bundled"
    assert main(["weights", "import", "clip2frame", str(source)]) == 0
    assert "not the published file" in capsys.readouterr().out
    monkeypatch.setattr(loader, "_loaded", {})
    loaded = loader.load("tags")
    assert (loaded.used.name, loaded.used.origin) == ("clip2frame", "imported")
    assert loaded.card.thresholds["guitar"] == 0.25 and loaded.card.licence.startswith("ISC")
    torch.testing.assert_close(loaded.module.std.cpu(), own.std)
    assert main(["weights", "import", "clip2frame", "--remove"]) == 0
    monkeypatch.setattr(loader, "_loaded", {})
    assert loader.load("tags").used.origin == "bundled"
    assert clip2frame.remove() is False


def test_what_is_damaged_after_the_import_is_not_used(own, tmp_path):
    source = tmp_path / "model.npz"
    source.write_bytes(packed(published()))
    clip2frame.import_weights(str(source))
    numbers = registry.imported_folder() / "tags.safetensors"
    numbers.write_bytes(numbers.read_bytes()[:-1])
    with pytest.raises(MiloError, match="damaged: import it again"):
        loader.load("tags")


@pytest.mark.parametrize("written", ["tags.safetensors", "tags.json"])
def test_a_cache_that_is_full_is_one_sentence_and_leaves_the_earlier_import(own, tmp_path, monkeypatch, written):
    source = tmp_path / "model.npz"
    source.write_bytes(packed(published()))
    earlier = clip2frame.import_weights(str(source))
    source.write_bytes(with_array(29, np.ones(188, np.float32)))
    write = Path.open

    def full(path, mode="r", *how, **named):
        if path.name.startswith(written) and "w" in mode:
            write(path, mode, *how, **named).close()  # a beginning of it is there
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, mode, *how, **named)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(MiloError, match=r"cannot be written into .* \(No space left on device\): make room"):
        clip2frame.import_weights(str(source))
    assert loader.find("tags").card == earlier
    assert len(list(registry.imported_folder().iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_one_sentence(own, tmp_path, monkeypatch, capsys):
    source = tmp_path / "model.npz"
    source.write_bytes(packed(published()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(source))
    assert main(["weights", "import", "clip2frame", str(source)]) == 2
    said = capsys.readouterr().err
    assert "(Not a directory): make room on the disk, or name another folder" in said and said.count("\n") == 1
    assert loader.find("tags").origin == "bundled"


def test_of_an_imported_card_that_is_spoilt_the_page_shows_our_own(own, tmp_path):
    source = tmp_path / "model.npz"
    source.write_bytes(packed(published()))
    clip2frame.import_weights(str(source))
    assert loader.cards()["tags"][1] == "imported"
    (registry.imported_folder() / "tags.json").write_text('{"role": "tags", "na')
    assert loader.cards()["tags"][0].name == "own" and loader.cards()["tags"][1] == "bundled"
    with pytest.raises(MiloError, match="weights import clip2frame --remove"):
        loader.find("tags")


def with_array(number: int, array: np.ndarray) -> bytes:
    arrays = published()
    arrays[number] = array
    return packed(arrays)


def pickled() -> bytes:
    """A file whose first array would run a command if anything unpickled it."""

    class Command:
        def __reduce__(self):
            return exit, ("unpickled",)

    return with_array(0, np.array([Command()], object))


def swollen() -> bytes:
    """A small file with an array that says it is of a terabyte."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (1 << 38,)})
        archive.writestr("arr_0.npy", header.getvalue() + bytes(1000))
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>404</html>",
        pickle.dumps({"arr_0": 1}),
        packed(published()[:-1]),
        packed(published())[:-5000],
        packed(published())[: 1 << 20] + bytes(1000) + packed(published())[(1 << 20) + 1000 :],
        with_array(30, np.zeros(187, np.float32)),
        with_array(30, np.zeros(188)),
        with_array(29, np.full(188, np.nan, np.float32)),
        pickled(),
        swollen(),
    ],
    ids=["empty", "page", "pickle", "too few", "cut", "damaged", "shape", "kind", "nan", "objects", "swollen"],
)
def test_a_wrong_or_hostile_file_is_one_sentence_and_changes_nothing(own, tmp_path, capsys, content):
    source = tmp_path / "model.npz"
    source.write_bytes(content)
    assert main(["weights", "import", "clip2frame", str(source)]) == 2
    message = capsys.readouterr().err
    assert str(source) in message and message.count("\n") == 1
    assert not registry.imported_folder().exists()


def test_no_file_a_folder_and_a_file_too_large(own, tmp_path, monkeypatch):
    for source in (tmp_path / "none.npz", tmp_path, "ftp://127.0.0.1/model.npz"):
        with pytest.raises(MiloError, match="cannot be read"):
            clip2frame.import_weights(str(source))
    monkeypatch.setattr(clip2frame, "LARGEST", 100)
    (tmp_path / "large.npz").write_bytes(bytes(101))
    with pytest.raises(MiloError, match="larger than 100 bytes"):
        clip2frame.import_weights(str(tmp_path / "large.npz"))


@pytest.fixture
def server():
    """Loopback: the file at /model.npz, and an answer that never ends at /endless."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            content = packed(published())
            if self.path not in ("/model.npz", "/endless"):
                return self.send_error(404)
            self.send_response(200)
            self.end_headers()
            try:
                self.wfile.write(content)
                while self.path == "/endless":
                    self.wfile.write(content)
            except ConnectionError:
                pass  # the other side has had enough

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_download(own, server, monkeypatch):
    card = clip2frame.import_weights(f"{server}/model.npz")
    source = card.notes["source"]
    assert source["from"] == f"{server}/model.npz" and not source["published"]
    for page, message in {"nothing": "404", "endless": "larger than"}.items():
        with pytest.raises(MiloError, match=message):
            clip2frame.import_weights(f"{server}/{page}")
    monkeypatch.setattr(clip2frame, "ADDRESS", f"{server}/model.npz")
    with pytest.raises(MiloError, match="not the published file"):
        clip2frame.import_weights(clip2frame.ADDRESS)
