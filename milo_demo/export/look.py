"""What is drawn into the annotated video."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """What is drawn.

    threshold   : score from which something is shown, 0-1
    boxes, maps : whether these are
    labels      : whose; None: all that reach the threshold
    """

    threshold: float = 0.5
    boxes: bool = True
    maps: bool = True
    labels: tuple[str, ...] | None = None
