"""Where each step of a clip lies on the map of what the features know."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from milo_demo.models.naming.atlas import Sheet

AROUND = 5
"""Steps that a place stands for: single ones jump about."""


def places(features: NDArray[np.floating], there: NDArray[np.bool_], sheet: Sheet) -> NDArray[np.float16]:
    """Places (step, 2), -1 to 1, of features (step, n); nan where nothing is `there` (step,)."""
    found = np.full((len(features), 2), np.nan, np.float16)
    if there.any():
        known = features.astype(np.float32) * there[:, None]
        weight = uniform_filter1d(there.astype(np.float32), AROUND, mode="constant")[:, None]
        mean = uniform_filter1d(known, AROUND, axis=0, mode="constant") / np.maximum(weight, 1e-6)
        device = sheet.known.device
        found[there] = sheet(torch.from_numpy(mean[there]).to(device)).cpu().numpy()
    return found
