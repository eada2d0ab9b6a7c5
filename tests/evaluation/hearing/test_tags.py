import numpy as np
import pytest
import torch

from milo_demo.evaluation.hearing import tags
from milo_demo.evaluation.table import Figure
from milo_demo.features.log_mel import STEP
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS


def steady(*names: str):
    """Says the same tags of everything, the first ones loudest."""
    scores = np.zeros(len(TAGS), np.float32)
    for place, name in enumerate(names):
        scores[TAGS.index(name)] = 1 - place / 20
    return lambda sound: np.tile(scores, (-(-len(sound) // STEP), 1))


def test_agreement_counts_the_five_among_the_ten(validation_data):
    original = steady("guitar", "piano", "violin", "harp", "cello")
    ours = steady("cello", "harp", "jazz", "rock", "pop", "slow", "fast", "loud", "quiet", "violin")
    found = tags.agreement(ours, original, validation_data)
    row = found["tags: all"]
    assert row["MILO"].value == pytest.approx(3 / 5)
    assert row["original again"] == row["the same for all"] == Figure(1.0, 5)
    assert row["chance"].value == pytest.approx(10 / 188)
    counts = {name: figures["MILO"].count for name, figures in found.items()}
    assert counts == {"tags: phrases": 3, "tags: ensembles": 1, "tags: songs": 1, "tags: all": 5}


def test_a_tagger_scores_every_step():
    torch.manual_seed(0)
    heard = tags.tagger(TagFCN().eval())(np.random.default_rng(0).normal(0, 0.1, 3 * STEP + 1).astype(np.float32))
    assert heard.shape == (4, len(TAGS)) and (heard > 0).all() and (heard < 1).all()
