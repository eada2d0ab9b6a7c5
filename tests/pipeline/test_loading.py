import pytest

from milo_demo import pipeline, weights


@pytest.mark.parametrize("stage, fraction, loading", [
    ("read", 0.5, False),
    ("normalise", 0.5, False),
    ("normalise", 1.0, True),
    ("hear", 0.0, True),
    ("hear", 0.5, False),
    ("hear", 1.0, True),
    ("see", 1.0, False),
    ("write", 1.0, False),
])  # fmt: skip
def test_who_waits_for_networks_is_told_so_until_they_are_there(monkeypatch, stage, fraction, loading):
    monkeypatch.setattr(weights, "is_loaded", lambda role: False)
    assert pipeline.is_loading(stage, fraction) == loading
    monkeypatch.setattr(weights, "is_loaded", lambda role: True)
    assert not pipeline.is_loading(stage, fraction)
