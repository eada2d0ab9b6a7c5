import pytest
import torch

from milo_demo.geometry import Detection
from milo_demo.models.boxes import CELL_PX, Tighter
from milo_demo.models.trunk import CHANNELS, FINE_CHANNELS, STRIDE_PX, Features
from milo_demo.training.seeing.boxes import detection, tightening
from milo_demo.training.seeing.boxes.detection import Targets

HEIGHT, WIDTH = 96, 128
TRUE = ((16, 16, 96, 64), (64, 32, 112, 80), (16, 16, 48, 80), (32, 32, 96, 64))


def picture(x0: float, y0: float, x1: float, y1: float) -> tuple[Features, Targets]:
    """One whose features are what lies in the box; pixels."""
    box = Detection(0, 1.0, x0 / WIDTH, y0 / HEIGHT, x1 / WIDTH, y1 / HEIGHT)
    wanted = detection.targets([box], {0: 0}, HEIGHT, WIDTH)
    planes = []
    for channels, cell in ((FINE_CHANNELS, CELL_PX), (CHANNELS, STRIDE_PX)):
        plane = torch.zeros(channels, HEIGHT // cell, WIDTH // cell)
        rows, columns = ((round(edge / cell) for edge in edges) for edges in ((y0, y1), (x0, x1)))
        plane[:, slice(*rows), slice(*columns)] = 1
        planes.append(plane)
    return Features(*planes), wanted


@pytest.fixture
def batch() -> tuple[Features, Targets]:
    features, wanted = zip(*(picture(*box) for box in TRUE), strict=True)
    seen, told = (zip(*each, strict=True) for each in (features, wanted))
    return Features(*map(torch.stack, seen)), Targets(*map(torch.stack, told))


def test_the_boxes_are_those_that_the_targets_were_made_of():
    boxes = [Detection(0, 1.0, 0.1, 0.1, 0.4, 0.5), Detection(1, 1.0, 0.6, 0.5, 0.9, 0.9)]
    wanted = detection.targets(boxes, {0: 0, 1: 1}, HEIGHT, WIDTH)
    found = sorted(tightening.true_boxes(wanted).tolist())
    assert found == [pytest.approx([12.8, 9.6, 51.2, 48]), pytest.approx([76.8, 48, 115.2, 86.4])]
    assert tightening.true_boxes(detection.targets([], {0: 0}, HEIGHT, WIDTH)).shape == (0, 4)


def test_what_is_shown_is_off_but_never_too_narrow():
    true = torch.tensor([[10.0, 20.0, 60.0, 50.0], [10.0, 20.0, 19.0, 29.0]]).repeat(50, 1)
    off = tightening.askew(true, torch.Generator().manual_seed(0))
    assert ((off - true).abs() > 1).any() and (off[:, 2:] - off[:, :2]).min() > tightening.LEAST_PX
    assert tightening.askew(true[:0], torch.Generator()).shape == (0, 4)


def test_it_learns_to_put_boxes_right(batch):
    torch.manual_seed(0)
    tighter, generator = Tighter(), torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(tighter.parameters(), 3e-3)
    losses = []
    for _ in range(60):
        loss = tightening.loss(tighter, *batch, generator)
        assert loss is not None
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_a_batch_without_boxes_teaches_nothing(batch):
    features, wanted = batch
    nothing = Targets(*(torch.zeros_like(part) for part in wanted))
    assert tightening.loss(Tighter(), features, nothing, torch.Generator()) is None
