import numpy as np
import torch
from torch import nn

from milo_demo.instruments import LABELS
from milo_demo.models.published.dictionaries import Dictionaries
from milo_demo.separation.published import factors
from milo_demo.separation.published.masked import cut
from tests.separation.published.tones import HIGH, LOW, MIXTURE, decibels, heard, spectra_of

TUBA, FLUTE = LABELS.index("tuba"), LABELS.index("flute")


class Ear(nn.Module):
    """Takes what has more in the lower bands for a tuba, else for a flute."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        logits = torch.full((len(patches), len(LABELS)), -9.0)
        low = patches[..., :32].mean(dim=(1, 2)) > patches[..., 32:].mean(dim=(1, 2))
        logits[:, TUBA] = torch.where(low, 5.0, -5.0)
        logits[:, FLUTE] = torch.where(low, -5.0, 5.0)
        return logits


def dictionaries() -> Dictionaries:
    module = Dictionaries(atoms=1)
    module.spectra.data[TUBA, 0], module.spectra.data[FLUTE, 0] = spectra_of(LOW), spectra_of(HIGH)
    return module


def test_known_spectra_take_their_players_out():
    found = factors.supervised(heard(), ["flute", "tuba"], dictionaries())
    assert found.labels == ["flute", "tuba"] and found.masks.sum(dim=0).sub(1).abs().max() < 1e-4
    tracks = cut(MIXTURE[None], found.masks)[:, 0]
    assert decibels(HIGH, tracks[0]) > 10 and decibels(LOW, tracks[1]) > 10
    assert np.abs(tracks[2]).max() < 1e-4


def test_of_nobody_everything_is_left_over():
    assert factors.supervised(heard(), [], dictionaries()).masks.shape[0] == 1


def test_blindly_each_spectrum_goes_to_whom_it_sounds_like():
    found = factors.blind(heard(), MIXTURE, 2, Ear())  # pyright: ignore[reportArgumentType]
    assert set(found.labels) == {"flute", "tuba"} and found.masks.sum(dim=0).sub(1).abs().max() < 1e-4
    tracks = dict(zip(found.labels, cut(MIXTURE[None], found.masks)[:, 0], strict=False))
    assert decibels(LOW, tracks["tuba"]) > 8 and decibels(HIGH, tracks["flute"]) > 8
