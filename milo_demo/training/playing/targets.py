"""The four levels of supervision of the action model, by the document's names (Liu 2018, section 4.1.2), and one more.

VT  : the clip's tags, somewhere in every picture
ST  : what the ear hears at the step, somewhere in the picture
OT  : what the eye sees, place by place
SOT : what the eye sees, place by place, while the ear hears it
CT  : the true points of contact, which only a made stage knows, or hands found in real clips

Ear and eye are frozen; what they say is binarised at `v` (sound) and `u` (object).
"""

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

TARGETS = ("VT", "ST", "OT", "SOT", "CT")
HEARD_FROM, SEEN_FROM = 0.5, 0.3
"""v and u of the document's best models, ST05, OT03 and SOT0503."""
CONTACT_WEIGHT = 20.0
"""Places of contact are few: so much more they count."""


class Known(NamedTuple):
    """What is known of a batch of steps.

    tags    : (batch, label), 0 or 1
    sound   : (batch, label), 0-1
    objects : (batch, label, row, column), 0-1
    contact : (batch, label, row, column), 0-1, a hill around each true point
    """

    tags: Tensor
    sound: Tensor
    objects: Tensor
    contact: Tensor


def loss(target: str, logits: Tensor, known: Known) -> Tensor:
    """Binary cross-entropy, summed over labels, as the target has it.

    logits : (batch, label, row, column); VT and ST are compared with its spatial maximum
    """
    if target in ("VT", "ST"):
        wanted = known.tags if target == "VT" else (known.sound >= HEARD_FROM).float()
        return functional.binary_cross_entropy_with_logits(logits.amax((2, 3)), wanted, reduction="none").sum(1).mean()
    if target == "CT":
        apart = functional.binary_cross_entropy_with_logits(logits, known.contact, reduction="none")
        return (apart * (1 + CONTACT_WEIGHT * known.contact)).sum(1).mean()
    wanted = (known.objects >= SEEN_FROM).float()
    if target == "SOT":
        wanted = wanted * (known.sound >= HEARD_FROM).float()[:, :, None, None]
    return functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(1).mean()


def name(target: str) -> str:
    """The document's name of a model with its thresholds: SOT0503."""
    tenths = {"ST": [HEARD_FROM], "OT": [SEEN_FROM], "SOT": [HEARD_FROM, SEEN_FROM]}.get(target, [])
    return target + "".join(f"{round(10 * value):02d}" for value in tenths)
