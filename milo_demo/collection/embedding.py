"""What a clip is like, as one vector: clips that sound and look alike lie near each other.

Two halves of equal weight, one from each sense: what the spectrogram classifier makes of a step of sound, and what the
eye's trunk makes of a frame, before either names anything; averaged over the clip. The square roots of the averages
keep the few loudest features from deciding alone; each half is then brought to fewer numbers by a fixed random
projection, which keeps angles (Johnson and Lindenstrauss 1984), and to length 1.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from milo_demo.maps import Maps

HALF = 256
"""Numbers for each sense: what two clips have in common is then off by 0.06 at most in two cases of three."""
SIZE = 2 * HALF
SEED = 0


def embed(maps: Maps) -> NDArray[np.float32]:
    """What a clip is like, (SIZE,): the ear's half, then the eye's, each of length 1, or all 0 where there is nothing
    to be heard or seen.

    See also `near`, which compares.
    """
    halves = [_small(part.astype(np.float32)) for part in (maps.heard_features, maps.seen_features)]
    return np.concatenate(halves)


def near(vectors: NDArray[np.floating], one: NDArray[np.floating]) -> NDArray[np.float32]:
    """How alike clips are to one, (clip, SIZE) and (SIZE,) -> (clip,), -1 to 1: the mean of what both senses say,
    of those that both clips have; -1 where they have none in common."""
    said = np.zeros(len(vectors), np.float32)
    shared = np.zeros(len(vectors), np.float32)
    for half in (slice(0, HALF), slice(HALF, SIZE)):
        has = vectors[:, half].any(axis=1) & bool(one[half].any())
        said += np.where(has, vectors[:, half] @ one[half], 0)
        shared += has
    return np.where(shared > 0, said / np.maximum(shared, 1), -1.0).astype(np.float32)


def _small(features: NDArray[np.float32]) -> NDArray[np.float32]:
    if not len(features):
        return np.zeros(HALF, np.float32)
    projected = np.sqrt(features) @ _projection(len(features))
    return (projected / max(float(np.linalg.norm(projected)), 1e-6)).astype(np.float32)


@cache
def _projection(size: int) -> NDArray[np.float32]:
    """(size, HALF): orthonormal columns, the same on every machine."""
    random = np.random.default_rng(SEED).standard_normal((size, HALF))
    return np.linalg.qr(random)[0].astype(np.float32)
