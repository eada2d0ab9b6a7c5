from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import torch

from milo_demo.evaluation import bench
from milo_demo.models.boxes import BoxHead
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.ui import build, live, look


def test_each_network_adds_to_the_cost_of_a_frame(monkeypatch):
    modules = {"trunk": Trunk(), "object": ObjectMap(rows=30), "boxes": BoxHead(["harp"])}
    monkeypatch.setattr(bench.weights, "load", lambda role: SimpleNamespace(module=modules[role].eval()))
    monkeypatch.setattr(bench, "FRAMES", 3)
    threads = torch.get_num_threads()
    cost = bench.look_ms()
    assert 0 < cost["trunk"] <= cost["trunk, map"] <= cost["trunk, map, boxes"]
    assert torch.get_num_threads() == threads


def test_a_clip_is_held_against_its_length_and_its_normalising(example, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "SHORT_S", 2.0)
    clip = bench.repeat(example, 2.0, tmp_path / "short.mp4")
    table = bench.stages(clip, tmp_path / "result", "warm")
    whole, normalising = (table[f"warm: {what}"] for what in ("whole analysis", "normalise"))
    assert normalising["of normalising"].value == 1 and whole["of normalising"].value > 1
    assert whole["of the clip"].value == pytest.approx(whole["seconds"].value / 2)
    assert 0 < table["warm: picture and heard timeline"]["seconds"].value < whole["seconds"].value


def test_looks_are_asked_of_the_running_page(monkeypatch):
    stills = []
    monkeypatch.setattr(bench, "LOOKS", 5)
    monkeypatch.setattr(live.pipeline, "look", lambda frame: stills.append(frame.shape) or [])
    page = build()
    _, url, _ = page.launch(**look(), prevent_thread_lock=True, quiet=True)
    monkeypatch.setattr(bench, "PORT", urlsplit(url).port)
    try:
        assert bench.looks_per_s() > 0
        assert stills == 5 * [(*bench.FRAME_PX, 3)]
        monkeypatch.setattr(live.pipeline, "look", lambda frame: 1 / 0)
        with pytest.raises(RuntimeError, match="a fault of the program"):
            bench.looks_per_s()
    finally:
        page.close()
