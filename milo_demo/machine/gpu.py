"""Whether networks run on a graphics card: one of this machine, or one that is lent for a call.

On a Space with lent cards (ZeroGPU) CUDA is only there inside a decorated call, which runs in a process of its own;
outside, torch is made to say that it is there all the same, so that networks would be put where they cannot work.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

LENT = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
"""Whether this is such a Space, as it says in the words that its own package goes by."""

_inside = False


def device() -> str:
    """Where networks are to run now: ``cuda`` or ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() and (_inside or not LENT) else "cpu"


@contextmanager
def borrowed() -> Iterator[None]:
    """Inside the call that a card is lent for."""
    global _inside
    _inside = True
    try:
        yield
    finally:
        _inside = False
