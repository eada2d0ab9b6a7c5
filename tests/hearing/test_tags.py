import numpy as np
import pytest
import torch

from milo_demo.hearing.tags import tag_scores
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS


@pytest.fixture
def module() -> TagFCN:
    """Gaussians one step wide; that of the last tag ten."""
    module = TagFCN().eval()
    with torch.no_grad():
        module.log_sigma[:] = 0.0
        module.log_sigma[-1] = np.log(10)
    return module


def test_a_score_at_its_threshold_is_one_half(module):
    thresholds = dict(zip(TAGS, np.linspace(0.05, 0.6, len(TAGS)), strict=True))
    raw = np.tile(np.fromiter(thresholds.values(), np.float32), (6, 1))
    np.testing.assert_allclose(tag_scores(raw, module, thresholds), 0.5, atol=1e-5)


def test_the_order_stays_and_so_do_the_ends(module):
    raw = np.zeros((4, len(TAGS)), np.float32)
    raw[:, :4] = [0, 0.1, 0.4, 1]
    nothing, below, above, full = tag_scores(raw, module, dict.fromkeys(TAGS, 0.2))[2, :4]
    assert nothing == 0 and full == pytest.approx(1) and 0 < below < 0.5 < above < 1


def test_a_threshold_of_nothing_or_all_is_borne(module):
    raw = np.full((3, len(TAGS)), 0.5, np.float32)
    for threshold in (0.0, 1.0):
        assert np.isfinite(tag_scores(raw, module, dict.fromkeys(TAGS, threshold))).all()


def test_each_tag_has_its_own_width(module):
    raw = np.zeros((20, len(TAGS)), np.float32)
    raw[10] = 0.9
    scores = tag_scores(raw, module, dict.fromkeys(TAGS, 0.5))
    assert (scores[:, 0] > 0.01).sum() < (scores[:, -1] > 0.01).sum()


def test_a_clip_of_one_step(module):
    raw = np.full((1, len(TAGS)), 0.3, np.float32)
    np.testing.assert_allclose(tag_scores(raw, module, dict.fromkeys(TAGS, 0.3)), 0.5, atol=1e-5)
