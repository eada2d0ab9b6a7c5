import pytest
import torch

from milo_demo.instruments import LABELS
from milo_demo.models.movement import FLOWS, MovementFCN, stacked


def test_a_stack_is_a_step_s_own_flow_two_before_and_two_after():
    vectors = torch.arange(12.0)[:, None, None, None].expand(-1, 2, 3, 4)
    stacks = stacked(vectors, per_step=4)
    assert stacks.shape == (3, 2 * FLOWS, 3, 4)
    assert stacks[1, :, 0, 0].tolist() == [2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert stacks[0, :, 0, 0].tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 2, 2], "before the clip nothing moves"


@pytest.mark.parametrize("size", [(36, 64), (37, 63), (64, 36)])
def test_maps_have_cells_twice_as_large_and_all_labels(size):
    network = MovementFCN(["guitar", "violin"]).eval()
    maps = network.maps(torch.randn(2, 10, *size))
    assert maps.shape == (2, len(LABELS), -(-size[0] // 2), -(-size[1] // 2))
    rows = maps.amax((0, 2, 3))
    assert set(torch.nonzero(rows)[:, 0].tolist()) == {LABELS.index("guitar"), LABELS.index("violin")}
    assert 0 < rows.max() < 1


def test_filters_are_shown_as_their_mean_movement():
    network = MovementFCN(["guitar"], filters=3).eval()
    with torch.no_grad():
        network.first.weight.zero_()
        network.first.weight[1, 4] = 2.0  # to the right, in the middle flow
        network.first.weight[1, 9] = -1.0  # up, in the last one
    shown = network.first_filters()
    assert shown.shape == (3, FLOWS, 2) and shown[1, 2].tolist() == [2, 0] and shown[1, 4].tolist() == [0, -1]
    still, moving = torch.zeros(1, 10, 20, 20), torch.zeros(1, 10, 20, 20)
    moving[0, 4] = 1.0
    more = network.responses(moving) - network.responses(still)
    assert more[0].argmax() == 1 and more[0, 0] == 0
