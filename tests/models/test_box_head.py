import pytest
import torch

from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead, Candidates, Tighter, corners
from milo_demo.models.trunk import FINE_CHANNELS, Features, Trunk

GUITAR = LABELS.index("guitar")
SIZE = (64, 96)


@pytest.fixture
def head():
    torch.manual_seed(0)
    head = BoxHead(["guitar", "banjo"]).eval()
    head.gains.copy_(torch.tensor([1.0, 1.0, 0.0]))
    return head


def features(batch=1):
    return Features(torch.rand(batch, FINE_CHANNELS, 8, 12), torch.rand(batch, 1280, 4, 6))


def maps(batch=1):
    return torch.full((batch, len(LABELS), 4, 6), 0.01)


def says(head, monkeypatch, tops, reach_px):
    """Let the head say: `tops` (row, grid row, grid column) -> logit, and boxes of 2 × `reach_px`."""
    logits = torch.full((1, 2, 8, 12), -9.0)
    for (row, y, x), logit in tops.items():
        logits[0, row, y, x] = logit
    monkeypatch.setattr(
        head, "forward", lambda features: (logits, torch.full((1, 4, 8, 12), reach_px), torch.zeros(1, 8, 12))
    )


def test_a_cell_says_how_far_its_box_reaches():
    sides = torch.zeros(1, 4, 2, 3)
    sides[0, :, 1, 2] = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert corners(sides)[0, :, 1, 2].tolist() == [19, 10, 23, 16], "the cell's middle is at (20, 12)"


@pytest.mark.parametrize("height, width", [(64, 96), (50, 70), (384, 216)])
def test_it_reads_the_trunk_at_any_size(head, height, width):
    with torch.inference_mode():
        seen = Trunk().eval()(torch.zeros(2, 3, height, width))
        logits, sides, tight = head(seen)
    assert logits.shape == (2, 2, -(-height // 8), -(-width // 8)) and sides.shape[1] == 4
    assert tight.shape == logits[:, 0].shape
    assert sides.min() > 0


def test_places_become_boxes_with_the_surest_first(head, monkeypatch):
    says(head, monkeypatch, {(0, 2, 2): 3.0, (0, 6, 9): 6.0}, 8.0)
    seen = maps()
    seen[:, GUITAR] = 0.5
    (found,) = head.find(features(), seen, SIZE)
    assert found.labels.tolist() == [GUITAR, GUITAR]
    assert found.edges.flatten().tolist() == pytest.approx([68, 44, 84, 60, 12, 12, 28, 28], abs=0.01)
    assert found.scores.tolist() == pytest.approx(torch.tensor([6.0, 3.0]).sigmoid().tolist())


def test_boxes_end_where_the_picture_ends(head, monkeypatch):
    says(head, monkeypatch, {(0, 0, 0): 6.0}, 8.0)
    seen = maps()
    seen[:, GUITAR] = 0.5
    (found,) = head.find(features(), seen, SIZE)
    assert found.edges.flatten().tolist() == pytest.approx([0, 0, 12, 12], abs=0.01)


def test_the_map_decides_between_two_names_for_one_place(head, monkeypatch):
    says(head, monkeypatch, {(0, 4, 4): 2.0, (1, 4, 4): 2.5}, 12.0)
    seen = maps()
    seen[:, GUITAR, 2, 2] = 0.9
    (found,) = head.find(features(), seen, SIZE)
    assert found.labels.tolist() == [GUITAR]


def test_an_empty_picture_has_no_boxes(head, monkeypatch):
    says(head, monkeypatch, {}, 8.0)
    (found,) = head.find(features(), maps(), SIZE)
    assert found.scores.numel() == 0 and found.edges.shape == (0, 4)


def test_of_several_boxes_on_one_thing_the_surest_stays(head):
    edges = torch.tensor([[0.0, 0, 40, 40], [2, 2, 42, 42], [50, 10, 80, 40]])
    evidence = torch.tensor([[2.0, 0.0, 0.0], [3.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    found = head.judge(Candidates(torch.tensor([GUITAR, GUITAR, GUITAR]), evidence, edges))
    assert found.edges[:, 0].tolist() == [2, 50]


def test_a_part_of_an_instrument_and_what_is_around_it_are_the_same_instrument(head):
    whole, keys, around, beside = [10.0, 10, 60, 40], [12.0, 30, 40, 40], [0.0, 0, 62, 50], [50.0, 10, 95, 40]
    evidence = torch.tensor([[3.0, 0, 0], [2.0, 0, 0], [1.0, 0, 0], [1.5, 0, 0]])
    edges = torch.tensor([whole, keys, around, beside])
    found = head.judge(Candidates(torch.tensor([GUITAR] * 4), evidence, edges))
    assert found.edges.tolist() == [whole, beside]
    other = head.judge(Candidates(torch.tensor([GUITAR, GUITAR + 1, GUITAR, GUITAR]), evidence, edges))
    assert keys in other.edges.tolist(), "a part of it by another name may be something in front of it"


def test_each_box_is_made_tighter_by_itself():
    """What is said of a box comes from around it alone, whatever else is looked at, in whichever picture it lies."""
    torch.manual_seed(0)
    tighter = Tighter().eval()
    torch.nn.init.normal_(tighter.off.weight, std=0.1)
    seen, box, other = features(batch=2), torch.tensor([[20.0, 10.0, 60.0, 40.0]]), torch.tensor([[0.0, 0.0, 9.0, 9.0]])
    with torch.inference_mode():
        together = tighter(seen, [torch.cat([other, box]), box])
        alone = tighter(Features(*(part[1:] for part in seen)), [box])
    assert together.shape == (3, 4) and torch.allclose(together[2:], alone, atol=1e-4)
    assert not torch.allclose(together[1], together[2], atol=1e-2) and not torch.allclose(alone, box, atol=1e-2)
    assert tighter(seen, [box[:0], box[:0]]).shape == (0, 4)
