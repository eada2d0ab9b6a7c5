"""Tags over time: what the tag model says step by step, smoothed, and put on the program's one scale of scores."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS

FINEST = 1e-3
"""Thresholds are whole thousandths; one of 0 or 1 would leave no odds to compare with."""


@torch.inference_mode()
def tag_scores(raw: NDArray[np.float32], module: TagFCN, thresholds: Mapping[str, float]) -> NDArray[np.float32]:
    """Scores of a whole clip, 0.5 being each tag's threshold.

    raw        : (step, tag), 0-1, as the tag model gives them
    thresholds : of the model card, 0-1, by tag

    Each tag is averaged with its own Gaussian (Liu 2018, section 3.1). Then the odds of a score are divided by those of
    its threshold: the order stays, 0 stays 0, 1 stays 1.

    Returns (step, tag), 0-1.
    """
    device = next(module.parameters()).device
    smooth = module.average(torch.from_numpy(raw).to(device).T[None])[0].T.float().cpu().numpy()
    at = np.clip([thresholds[tag] for tag in TAGS], FINEST, 1 - FINEST).astype(np.float32)
    above, below = smooth * (1 - at), (1 - smooth) * at
    return (above / (above + below)).astype(np.float32, copy=False)
