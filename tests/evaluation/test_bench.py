from types import SimpleNamespace

import torch

from milo_demo.evaluation import bench
from milo_demo.models.boxes import BoxHead
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk


def test_each_network_adds_to_the_cost_of_a_frame(monkeypatch):
    modules = {"trunk": Trunk(), "object": ObjectMap(rows=30), "boxes": BoxHead(["harp"], [])}
    monkeypatch.setattr(bench.weights, "load", lambda role: SimpleNamespace(module=modules[role].eval()))
    monkeypatch.setattr(bench, "FRAMES", 3)
    threads = torch.get_num_threads()
    cost = bench.look_ms()
    assert 0 < cost["trunk"] <= cost["trunk, map"] <= cost["trunk, map, boxes"]
    assert torch.get_num_threads() == threads
