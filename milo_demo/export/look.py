"""What is drawn into the annotated video."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """What is drawn.

    threshold : score from which something is shown, 0-1
    boxes     : whether these are
    heat      : which maps are, ``seen`` and ``played``, the lowest first
    labels    : whose; None: all that reach the threshold
    """

    threshold: float = 0.5
    boxes: bool = True
    heat: tuple[str, ...] = ("seen", "played")
    labels: tuple[str, ...] | None = None
