import torch
from torch.testing import assert_close

from milo_demo.instruments import LABELS
from milo_demo.models.masks import BINS, EXCERPT, REST, MaskNet


def network() -> MaskNet:
    torch.manual_seed(0)
    return MaskNet().eval()


@torch.inference_mode()
def logits(magnitudes: torch.Tensor, names: list[str]) -> torch.Tensor:
    rows = torch.tensor([[*(LABELS.index(name) for name in names), REST]])
    asked = torch.zeros(1, len(LABELS))
    asked[0, rows[0, :-1]] = 1
    return network()(magnitudes, asked, rows)


def test_shares_sum_to_one_for_any_names():
    masks = network()
    for names in ([], ["violin"], ["voice", "drum", "electric_bass"]):
        found = masks.shares(torch.rand(BINS + 7, 20), names)
        assert found.shape == (len(names) + 1, BINS, 20)
        assert_close(found.sum(dim=0), torch.ones(BINS, 20))


def test_a_long_sound_is_shared_out_by_what_is_near():
    masks, sound = network(), torch.rand(BINS, 3 * EXCERPT + 5)
    whole = masks.shares(sound, ["voice"])
    assert_close(whole.sum(dim=0), torch.ones(sound.shape))
    louder = torch.cat([sound[:, :-EXCERPT], 1e3 * sound[:, -EXCERPT:]], dim=1)
    again = masks.shares(louder, ["voice"])
    assert_close(again[..., :EXCERPT], whole[..., :EXCERPT])
    assert not torch.allclose(again[..., -EXCERPT:], whole[..., -EXCERPT:])


def test_a_row_for_every_name_and_the_rest_at_any_length():
    for frames in (1, 31, 64):
        assert logits(torch.rand(1, BINS, frames), ["violin", "drum"]).shape == (1, 3, BINS, frames)


def test_loudness_makes_no_difference():
    magnitudes = torch.rand(1, BINS, 64)
    assert_close(logits(magnitudes, ["voice"]), logits(1e-2 * magnitudes, ["voice"]), atol=1e-2, rtol=1e-2)
    assert logits(0 * magnitudes, ["voice"]).isfinite().all()


def test_who_is_asked_for_matters():
    magnitudes = torch.rand(1, BINS, 64)
    with torch.no_grad():
        alone, beside = logits(magnitudes, ["violin"]), logits(magnitudes, ["violin", "flute"])
    assert (alone[:, 0] - beside[:, 0]).abs().max() > 1e-4


def test_a_row_that_is_none_has_no_share():
    net = network()
    with torch.inference_mode():
        asked = torch.zeros(1, len(LABELS))
        shares = net(torch.rand(1, BINS, 32), asked, torch.tensor([[-1, REST]])).softmax(dim=1)
    assert shares[:, 0].max() < 1e-6
