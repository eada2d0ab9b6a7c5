import numpy as np
import pytest
import torch

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import CELL_PX, corners
from milo_demo.training.seeing.boxes import detection

GUITAR, HARP = LABELS.index("guitar"), LABELS.index("harp")
ROWS = {GUITAR: 0, HARP: 1}


def region(label, x0, y0, x1, y1):
    return Detection(label, 1.0, x0, y0, x1, y1)


def batch(*targets):
    return detection.Targets(*(torch.stack(parts) for parts in zip(*targets, strict=True)))


def test_a_hill_stands_in_the_middle_and_its_cells_know_the_edges():
    wanted = detection.targets([region(HARP, 0.25, 0.0, 0.75, 1.0)], ROWS, height=64, width=128)
    assert wanted.middle.shape == (2, 8, 16) and wanted.middle[0].max() == 0
    assert wanted.middle[1].max() == 1 and np.unravel_index(int(wanted.middle[1].argmax()), (8, 16)) == (4, 8)
    assert wanted.edges[:, 4, 8].tolist() == [32, 0, 96, 64]
    assert wanted.weight[0, 0] == 0 and wanted.weight.sum() == pytest.approx(np.log(64 * 64), rel=1e-5)


def test_where_two_overlap_the_smaller_one_is_in_front():
    small, large = region(GUITAR, 0.45, 0.45, 0.55, 0.55), region(HARP, 0.0, 0.0, 1.0, 1.0)
    for boxes in ([small, large], [large, small]):
        wanted = detection.targets(boxes, ROWS, 160, 160)
        assert wanted.edges[:, 10, 10].tolist() == pytest.approx([72, 72, 88, 88])
        assert wanted.middle[:, 10, 10].tolist() == [1, 1]


def test_the_loss_falls_to_nothing_where_all_is_right():
    box = region(GUITAR, 0.2, 0.3, 0.7, 0.8)
    wanted = batch(detection.targets([box], ROWS, 96, 96))
    middles = corners(torch.zeros(1, 4, 12, 12))[:, :2]
    right = torch.cat([middles - wanted.edges[:, :2], wanted.edges[:, 2:] - middles], 1).clamp(min=1)
    sure, tight = torch.where(wanted.middle == 1, 12.0, -12.0), torch.full((1, 12, 12), 12.0)
    least = detection.loss((sure, right, tight), wanted)
    assert least < 0.05
    unsure, small = torch.full_like(sure, -4.0), torch.full_like(right, CELL_PX)
    assert detection.loss((unsure, right, tight), wanted) > least + 1
    assert detection.loss((sure, small, tight), wanted) > least + 1
    assert detection.loss((sure, right, -tight), wanted) > least + 1


def test_how_tight_a_box_is_is_foretold():
    wanted = batch(detection.targets([region(GUITAR, 0.25, 0.25, 0.75, 0.75)], ROWS, 64, 64))
    middles = corners(torch.zeros(1, 4, 8, 8))[:, :2]
    sides = torch.cat([middles - wanted.edges[:, :2], 16 + wanted.edges[:, 2:] - middles], 1).clamp(min=1)
    overlap = (32 / 48) ** 2

    def said(chance):
        tight = torch.full((1, 8, 8), chance).logit()
        return float(detection.loss((torch.zeros(1, 2, 8, 8), sides, tight), wanted))

    assert said(overlap) < min(said(overlap - 0.1), said(overlap + 0.1))


def test_what_is_unknown_is_not_taught():
    wanted = batch(detection.targets([], ROWS, 64, 64))
    logits, sides = torch.full((1, 2, 8, 8), 3.0, requires_grad=True), torch.ones(1, 4, 8, 8)
    wanted.middle[:, 0] = -1
    detection.loss((logits, sides, torch.zeros(1, 8, 8)), wanted).backward()
    assert logits.grad[:, 0].abs().sum() == 0 and logits.grad[:, 1].abs().sum() > 0


def test_a_few_steps_find_a_box_again():
    torch.manual_seed(0)
    box = region(HARP, 0.25, 0.25, 0.75, 0.5)
    wanted = batch(detection.targets([box], ROWS, 64, 64))
    logits, reach = torch.full((1, 2, 8, 8), -3.0), torch.zeros(1, 4, 8, 8)
    parameters = [logits.requires_grad_(), reach.requires_grad_()]
    optimiser = torch.optim.Adam(parameters, 0.1)
    for _ in range(150):
        optimiser.zero_grad()
        detection.loss((logits, CELL_PX * reach.exp(), torch.zeros(1, 8, 8)), wanted).backward()
        optimiser.step()
    row, y, x = np.unravel_index(int(logits.argmax()), (2, 8, 8))
    assert (row, y, x) == (1, 3, 4)
    assert corners(CELL_PX * reach.exp())[0, :, y, x].tolist() == pytest.approx([16, 16, 48, 32], abs=2)
