"""Where people saw instruments touched, step by step of the analysis grid, as in YT8M-IPA (Liu 2018, section 4.3.2).

A step has the places [row, column] where a hand, a mouth, a bow or a stick meets the instrument, px of a frame whose
long side is 256; none where nobody plays.

Our own stand in a JSON file: ten clips of the training data, 182 steps. They were marked twice, the second time on
mirrored pictures; the two were 1.8 px apart in the mean (90 % within 3.8), and the mean of both counts. What only the
second pass saw, hands at the picture's edge, counts as well. Of a stick in the air the hand was marked. Steps of which
it could not be said whether somebody plays, such as the last tone's decay, are left out.
"""

import io
import json
import tarfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from milo_demo.errors import MiloError

SIDE_PX = 256
OURS = Path(__file__).parents[3] / "tests" / "evaluation" / "playing" / "contacts.json"
PUBLISHED = "annotations/yt8m_ipa.tar.gz"
SHORT_SIDES_PX = (144, 192)
"""Of the published videos, which are not at hand: the first, unless a mark lies beyond it."""


@dataclass(frozen=True)
class Marked:
    """A clip with its marks.

    name  : of the file, or of the video that a fragment is from
    label : what is played
    size  : height and width of the frame, px
    steps : places (place, 2) by step
    """

    name: str
    label: str
    size: tuple[float, float]
    steps: dict[int, NDArray[np.float64]]

    def distance(self, step: int, row: float, column: float) -> float:
        """How far a place is from the nearest mark of a step in which somebody plays, px."""
        marks = self.steps[step]
        return float(np.hypot(marks[:, 0] - row, marks[:, 1] - column).min())

    @property
    def centre(self) -> tuple[float, float]:
        """Row and column of the middle of the frame."""
        return self.size[0] / 2, self.size[1] / 2


def ours(path: Path = OURS) -> list[Marked]:
    """The clips of our own file. Raises MiloError where it cannot be read."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return [
            Marked(
                name,
                clip["label"],
                (clip["size"][0], clip["size"][1]),
                {int(step): np.array(places, np.float64).reshape(-1, 2) for step, places in clip["steps"].items()},
            )
            for name, clip in record.items()
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MiloError(f"The marked steps in {path} cannot be read: restore the file.") from error


def published(path: Path) -> list[Marked]:
    """The marks of YT8M-IPA, a ``Marked`` for each video: ``te/<class>/<video>/<fragment>.<step>.npy``, in an archive.
    Its classes are the labels. Raises MiloError where they cannot be read."""
    videos: dict[tuple[str, str], list[NDArray[np.float64]]] = defaultdict(list)
    try:
        with tarfile.open(path) as archive:
            for member in sorted((each for each in archive if each.isfile()), key=lambda each: each.name):
                content = archive.extractfile(member)
                if content is not None and member.name.endswith(".npy"):
                    *_, label, video, _ = PurePosixPath(member.name).parts
                    videos[label, video].append(np.load(io.BytesIO(content.read())).reshape(-1, 2))
    except (OSError, ValueError, tarfile.TarError) as error:
        raise MiloError(f"{path} does not hold the marks of YT8M-IPA ({error}).") from error
    marked = []
    for (label, video), steps in videos.items():
        low = max((float(places[:, 0].max()) for places in steps if len(places)), default=0.0)
        height = next((side for side in SHORT_SIDES_PX if low <= side), SIDE_PX)
        marked.append(Marked(video, label, (height, SIDE_PX), dict(enumerate(steps))))
    return marked
