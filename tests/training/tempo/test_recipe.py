import json

import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.features import metre
from milo_demo.training.tempo import recipe


def test_what_is_fitted_prefers_the_tempi_that_were_true(monkeypatch, tmp_path):
    monkeypatch.setattr(recipe, "EPOCHS", 20)
    rng = np.random.default_rng(0)
    data = [_example(bpm, rng) for bpm in rng.uniform(60, 180, 200)]
    found = recipe.fit(data, np.ones(len(data)), seed=0)
    assert found.repeats.shape == (recipe.TEMPLATES, len(metre.MULTIPLES), 4)
    values, bpm = _example(100, rng)
    fits = np.tensordot(found.repeats, values, axes=([1, 2], [0, 1])) + (found.prior @ metre.prior_terms())
    best = metre.TEMPI_BPM[np.logaddexp.reduce(fits + found.bias[:, None], axis=0).argmax()]
    assert best == pytest.approx(bpm, rel=0.05)


def test_what_is_written_can_be_read_as_templates(monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    monkeypatch.setattr(recipe, "EPOCHS", 1)
    monkeypatch.setattr(recipe, "from_patterns", lambda rng: [_example(bpm, rng) for bpm in (60, 90, 120)])
    monkeypatch.setattr(recipe, "from_scores", lambda data, rng: [])
    recipe.train(tmp_path, tmp_path / "metre.json", seed=int(rng.integers(9)))
    assert json.loads((tmp_path / "metre.json").read_text()).keys() == {"about", "repeats", "prior", "bias"}
    monkeypatch.setattr(metre, "WEIGHTS", tmp_path / "metre.json")
    metre.templates.cache_clear()
    assert metre.templates().bias.shape == (recipe.TEMPLATES,)
    metre.templates.cache_clear()


def test_data_that_are_missing_are_said_before_anything_is_rendered(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "from_patterns", lambda rng: pytest.fail("rendered first"))
    with pytest.raises(MiloError, match="There are no scores in"):
        recipe.train(tmp_path, tmp_path / "metre.json")


def test_the_true_tempo_and_its_relatives_are_weighed():
    chosen = recipe.candidates(90, np.random.default_rng(0))
    assert len(chosen) == recipe.CANDIDATES and chosen.min() >= 0 and chosen.max() < len(metre.TEMPI_BPM)
    for bpm in (45, 90, 180):
        assert (np.abs(metre.TEMPI_BPM[chosen] / bpm - 1) < 0.01).any()


def _example(bpm, rng):
    """Something that repeats at the beat and at nothing else."""
    values = rng.normal(0, 0.1, (len(metre.MULTIPLES), 4, len(metre.TEMPI_BPM)))
    values[metre.MULTIPLES.index(1)] += np.abs(np.log(metre.TEMPI_BPM / bpm)) < 0.02
    return values.astype(np.float32), float(bpm)
