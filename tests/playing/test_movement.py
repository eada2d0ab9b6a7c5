import numpy as np
import torch

from milo_demo.features.flow import PER_STEP
from milo_demo.models.movement import MovementFCN
from milo_demo.playing.movement import movements


def test_every_step_has_a_map_whatever_instrument_it_is():
    torch.manual_seed(0)
    model = MovementFCN(["guitar", "violin"]).eval()
    vectors = np.zeros((3 * PER_STEP, 2, 36, 64), np.float16)
    vectors[PER_STEP : PER_STEP + 2, :, 16:20, 28:34] = 4
    found = movements(vectors, model)
    assert found.shape == (3, 18, 32) and found.min() >= 0 and found.max() <= 1
    quiet = movements(np.zeros_like(vectors), model)
    changed = np.abs(found - quiet).max(axis=(1, 2))
    assert changed[1] > 0 and changed[2] == 0, "a stack reaches two flows either way"
    assert movements(np.zeros((0, 2, 36, 64), np.float16), model).size == 0
