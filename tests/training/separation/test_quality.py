import numpy as np
import pytest
import torch

from milo_demo.models.quality import FEATURES, Quality
from milo_demo.training.separation.quality import BEST_DB, Example, fit, measured

RNG = np.random.default_rng(0)
TRUE = RNG.uniform(-3, 3, (2, len(FEATURES)))


def tracks(count: int, noise_db: float) -> list[Example]:
    rows = np.concatenate([np.ones((count, 1)), RNG.uniform(0, 1, (count, len(FEATURES) - 1))], axis=1)
    reached = rows @ TRUE.T + noise_db * RNG.standard_normal((count, 2))
    return [Example(row, both) for row, both in zip(rows, reached, strict=True)]


def test_what_was_made_by_a_line_is_found_again_and_known_as_well_as_it_can_be():
    network = Quality()
    network.weights.data = torch.from_numpy(fit(tracks(400, 0.1))).float()
    figures = measured(tracks(200, 0.1), network)
    assert figures["tracks"] == 200 and figures["correlation, by mask"] > 0.98
    assert figures["SI-SDR, chosen"] == pytest.approx(figures["SI-SDR, the better"], abs=0.1)


def test_one_perfect_track_does_not_bend_the_line():
    found = tracks(200, 0.1)
    perfect = Example(found[0].features, np.array([100.0, 100.0]))
    assert np.abs(fit([*found, perfect]) - fit(found)).max() < BEST_DB / 10
