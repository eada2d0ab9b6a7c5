"""What it helps the eye to know what is heard (`seeing.likely`), and what ghosts that calls up.

Every photo with an instrument is looked at as if that were heard; every photo without, as if each of the 25 were, one
after the other. Very doubtful boxes of all labels are looked at from close up for it, not only of those heard.
"""

from collections.abc import Sequence

from milo_demo.evaluation.seeing.predictions import Prediction
from milo_demo.evaluation.table import Table, share
from milo_demo.grid import COUNTS
from milo_demo.instruments import LABELS
from milo_demo.seeing.likely import likely, raised
from milo_demo.training.seeing.photos import Photo


def measure(when: str, shown: Sequence[Photo], seen: Sequence[Prediction], empty: Sequence[Prediction]) -> Table:
    """How often a sure box has the name of what is in the picture, or of what looks much like it and is then called by
    the name that is heard (`fusion.agree`); and how often something is boxed that is not there.

    when  : "heard" or "unheard"
    shown : photos of our labels
    seen  : what is said of each
    empty : what is said of photos without instruments
    """
    named = [(photo.kind, one) for photo, one in zip(shown, seen, strict=True) if photo.kind]
    strange = [(label, one) for one in empty for label in LABELS if label != "voice"]

    def boxed(one: Prediction, names: set[int], label: str) -> bool:
        boxes = raised(one.boxes, likely([label])) if when == "heard" else one.boxes
        return any(box.label in names and box.score >= COUNTS for box in boxes)

    rows = {
        "right box": [boxed(one, {LABELS.index(kind)}, kind) for kind, one in named],
        "right box, or a look-alike's": [boxed(one, likely([kind]), kind) for kind, one in named],
        "boxed though it is not there": [boxed(one, likely([kind]), kind) for kind, one in strange],
    }
    return {f"what is {when}: {row}": {"boxes": share(values)} for row, values in rows.items()}
