import torch
from torch.testing import assert_close

from milo_demo.instruments import LABELS
from milo_demo.models.notes import PITCHES
from milo_demo.models.owner import BINS, OWNERS, OwnerNet


def chances(spectrum: torch.Tensor, names: list[str]) -> torch.Tensor:
    torch.manual_seed(0)
    net = OwnerNet().eval()
    asked = torch.tensor([[float(label in names) for label in LABELS]])
    notes = torch.zeros(1, 2, PITCHES, spectrum.shape[2])
    with torch.inference_mode():
        return net(spectrum, notes, asked).softmax(dim=1)


def test_only_those_asked_for_can_own_a_note():
    found = chances(torch.rand(1, BINS, 20), ["violin", "flute"])
    assert found.shape == (1, OWNERS, PITCHES, 20)
    strangers = [k for k, label in enumerate(LABELS) if label not in ("violin", "flute")]
    assert found[:, strangers].max() < 1e-6
    assert (found[:, [LABELS.index("violin"), LABELS.index("flute"), -2, -1]] > 0).all()


def test_loudness_makes_no_difference_and_silence_is_no_trouble():
    spectrum = torch.rand(1, BINS, 20)
    assert_close(chances(spectrum, ["violin"]), chances(1e-3 * spectrum, ["violin"]), atol=1e-4, rtol=1e-3)
    assert chances(0 * spectrum, ["violin"]).isfinite().all()
