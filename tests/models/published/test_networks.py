import pytest
import torch

from milo_demo.features.log_frequency import BINS, SIDE
from milo_demo.instruments import LABELS
from milo_demo.models.published.deep_prior import Source
from milo_demo.models.published.dictionaries import ATOMS, Dictionaries
from milo_demo.models.published.semantic import SemanticUNet


def test_a_logit_of_every_label_at_every_place_whatever_comes():
    network = SemanticUNet(channels=(4,) * 7).eval()
    with torch.no_grad():
        for pictures in (torch.rand(2, SIDE, SIDE), torch.zeros(2, SIDE, SIDE)):
            logits = network(pictures)
            assert logits.shape == (len(pictures), len(LABELS), *pictures.shape[1:]) and logits.isfinite().all()


def test_what_is_shipped_fits_into_ten_megabytes():
    assert 2 * sum(number.numel() for number in SemanticUNet().state_dict().values()) < 10_000_000


def test_dictionaries_give_those_asked_for():
    module = Dictionaries()
    module.spectra.data[3] = 1
    assert module(torch.tensor([3, 0])).shape == (2, ATOMS, BINS)
    assert module(torch.tensor([3, 0])).mean(dim=(1, 2)).tolist() == [1, 0]


@pytest.mark.parametrize("bins, frames", [(512, 32), (64, 8)])
def test_a_source_is_a_spectrogram_and_when_it_sounds(bins, frames):
    sound, mask = Source()(torch.rand(3, bins, frames), torch.rand(3, bins, frames))
    assert sound.shape == (3, bins, frames) and (sound >= 0).all()
    assert mask.shape == (3, 1, frames) and (mask > 0).all() and (mask < 1).all()
