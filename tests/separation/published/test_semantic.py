import numpy as np
import pytest
import torch
from torch import Tensor, nn

from milo_demo.features.log_frequency import BINS, FRAMES, SIDE
from milo_demo.instruments import LABELS
from milo_demo.separation.published import semantic
from tests.separation.published.tones import heard

TUBA, FLUTE, VOICE = (LABELS.index(label) for label in ("tuba", "flute", "voice"))


class ByHeight(nn.Module):
    """Hears a tuba in the lower half of every picture and a flute in the upper one, unsurely."""

    def forward(self, pictures: Tensor) -> Tensor:
        assert pictures.shape[1:] == (SIDE, SIDE)
        logits = torch.zeros(len(pictures), len(LABELS), SIDE, SIDE)
        logits[:, TUBA, : SIDE // 2] = 5
        logits[:, FLUTE, SIDE // 2 :] = 5
        return logits


@pytest.mark.parametrize("frames", [10, FRAMES, FRAMES + 7, 3 * FRAMES])
def test_windows_cover_sound_of_any_length(frames):
    likely = semantic.chances(torch.rand(BINS, frames), ByHeight())
    assert likely.shape == (len(LABELS), BINS, frames)
    assert likely.sum(dim=0).sub(1).abs().max() < 1e-4
    assert (likely[TUBA, 2] > 0.8).all() and (likely[FLUTE, -2] > 0.8).all()


def test_binary_masks_share_out_everything_and_a_high_threshold_leaves_it_to_nobody():
    likely = semantic.chances(heard(), ByHeight())
    some = semantic.masked(likely, ["tuba", "flute", "harp"], 0.5)
    assert set(some.masks.unique().tolist()) == {0, 1} and (some.masks.sum(dim=0) == 1).all()
    assert some.masks[0, 2].all() and some.masks[1, -2].all() and not some.masks[2].any()
    assert semantic.masked(likely, ["tuba"], 0.999).masks[1].all()


def test_what_is_not_in_the_picture_is_not_heard_either():
    scores, asked_at = np.full(len(LABELS), 0.01, np.float32), []
    scores[FLUTE] = 0.9

    def seen(at_s: float) -> np.ndarray:
        asked_at.append(at_s)
        return scores

    likely = semantic.chances(torch.rand(BINS, 2 * FRAMES), ByHeight(), seen)
    assert likely[TUBA].max() < 0.02 and likely[FLUTE].max() > 0.7
    assert asked_at == sorted(asked_at) and asked_at[0] == pytest.approx(3, abs=0.1)
    assert semantic.looked(scores)[VOICE] == semantic.UNSEEN


def test_who_has_some_of_the_sound_is_named_most_first():
    likely = semantic.chances(heard(), ByHeight())
    assert semantic.named(likely, heard(), 0.2) == ["tuba", "flute"]
    assert semantic.named(likely, 0 * heard(), 0.2) == []
