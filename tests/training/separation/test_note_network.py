"""The import of the note model: whole, with its licence, or a sentence."""

import pytest

from milo_demo.errors import MiloError
from milo_demo.training.separation import note_network
from milo_demo.weights.registry import BUNDLED


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MiloError, match=r"nmp\.tflite is missing"):
        note_network.train(tmp_path, tmp_path / "notes.safetensors")


def test_another_network_is_none(tmp_path, monkeypatch):
    for name in (note_network.SOURCE, note_network.LICENCE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setattr(note_network, "constants", lambda path: iter(()))
    with pytest.raises(MiloError, match="not the network of basic-pitch"):
        note_network.train(tmp_path, tmp_path / "notes.safetensors")
    assert not (tmp_path / "notes.safetensors").exists()


def test_the_licence_lies_beside_the_numbers():
    text = (BUNDLED / "notes.LICENSE").read_text(encoding="utf-8")
    assert text.startswith("Copyright 2022 Spotify AB") and "Apache License" in text
