"""Sound source semantic segmentation (Nuotioma 2024): every place of the spectrogram is one instrument's.

*Audio alone*, a network says how likely each instrument is at every place; *with vision*, that is multiplied by how
likely the eye finds each in the picture (section 3.2.2). The likeliest takes the place, or nobody, where even that one
is less likely than a threshold.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.features.log_frequency import BINS, FRAMES, from_picture, levelled, picture
from milo_demo.features.stft import TRACK_HZ
from milo_demo.instruments import LABELS
from milo_demo.models.published.semantic import SemanticUNet
from milo_demo.separation.published.masked import WINDOW, Masked

HOP = FRAMES // 2
"""Frames from one window of six seconds to the next."""
UNSEEN = 0.5
"""The eye's probability of the voice, of which it knows nothing."""
LEAST_SHARE = 0.05
"""Share of a sound's energy from which an instrument gets a track: the document names the most frequent."""

Seen = Callable[[float], NDArray[np.floating]]
"""The eye's scores (label,), 0-1, of the frame at a second."""


@torch.inference_mode()
def chances(magnitudes: Tensor, network: SemanticUNet, seen: Seen | None = None) -> Tensor:
    """How likely each label is at every place, (label, BINS, frame).

    magnitudes : (BINS, frame), of any length: windows of six seconds overlap, and say the more the nearer their middle
    seen       : gives the eye's scores of the frame in a window's middle
    """
    frames = magnitudes.shape[1]
    padded = torch.nn.functional.pad(magnitudes, (0, max(0, FRAMES - frames)))
    total, weights = torch.zeros(len(LABELS), *padded.shape, device=padded.device), torch.zeros(padded.shape[1])
    nearness = torch.bartlett_window(FRAMES + 2, periodic=False)[1:-1]
    for start in _starts(padded.shape[1]):
        window = padded[:, start : start + FRAMES]
        logits = network(picture(levelled(window, window)[None, None])[:, 0])
        said = from_picture(logits.softmax(dim=1))[0]
        if seen is not None:
            middle_s = min(start + FRAMES / 2, frames) * WINDOW.hop / TRACK_HZ
            said = said * looked(seen(middle_s)).to(said)[:, None, None]
        total[..., start : start + FRAMES] += said * nearness.to(said)
        weights[start : start + FRAMES] += nearness
    return (total / weights.to(total))[..., :frames]


def looked(scores: NDArray[np.floating]) -> Tensor:
    """The eye's scores of a frame (label,) as weights of the labels; of the voice it knows nothing."""
    weights = torch.from_numpy(np.asarray(scores, np.float32)).clone()
    weights[LABELS.index("voice")] = UNSEEN
    return weights


def named(likely: Tensor, magnitudes: Tensor, threshold: float) -> list[str]:
    """The labels that have more than LEAST_SHARE of a sound, most first.

    likely     : from `chances`
    magnitudes : (BINS, frame)
    """
    shares = energies(likely, magnitudes, threshold)
    return [LABELS[k] for k in shares.argsort(descending=True).tolist() if shares[k] > LEAST_SHARE]


def energies(likely: Tensor, magnitudes: Tensor, threshold: float) -> Tensor:
    """(label,) share of the energy of a sound that each has by its binary mask."""
    best, label = likely.max(dim=0)
    energy = magnitudes.square() * (best >= threshold)
    found = torch.zeros(len(LABELS), device=energy.device).index_add(0, label.flatten(), energy.flatten())
    return found / magnitudes.square().sum().clamp(min=1e-12)


def masked(likely: Tensor, labels: Sequence[str], threshold: float) -> Masked:
    """Binary masks of some labels; what is another's or nobody's is the rest's (section 3.1.1)."""
    best, label = likely.max(dim=0)
    rows = [((label == LABELS.index(name)) & (best >= threshold)).float() for name in labels]
    own = torch.stack(rows) if rows else likely.new_zeros(0, BINS, likely.shape[-1])
    return Masked(list(labels), torch.cat([own, 1 - own.sum(dim=0, keepdim=True)]))


def _starts(frames: int) -> list[int]:
    """First frames of windows that cover `frames`, the last ending with them."""
    return [*range(0, frames - FRAMES, HOP), frames - FRAMES]
