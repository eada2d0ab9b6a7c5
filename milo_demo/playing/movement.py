"""Which of what moves looks like playing, told from movement alone by the action model (Liu 2018, chapter 4).

A layer of its own: the map of where an instrument is played (`playing.play`) looks at hands, which find the place far
more closely, and does not ask it.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo.features.flow import PER_STEP
from milo_demo.models.movement import MovementFCN, stacked

BATCH = 32


@torch.inference_mode()
def movements(vectors: NDArray[np.floating], model: MovementFCN) -> NDArray[np.float32]:
    """How much what moves looks like playing, of whatever instrument: (step, row, column), 0-1, cells of 8 px of a
    picture with a long side of 256. 3 ms a step on one core.

    vectors : (flow, 2, row, column), see `features.flow.Movement`
    """
    if len(vectors) == 0:
        return np.zeros((0, 0, 0), np.float32)
    stacks = stacked(torch.from_numpy(vectors.astype(np.float32)), PER_STEP)
    device = next(model.parameters()).device
    blocks = [model(block.to(device)).sigmoid().amax(1).float().cpu() for block in stacks.split(BATCH)]
    return torch.cat(blocks).numpy()
