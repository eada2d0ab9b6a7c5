"""Looking for words of the user's own: the larger model's sight, which knows no labels."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo import large
from milo_demo.analysis import Media, ModelUsed, WordBox
from milo_demo.grid import STEPS_PER_S, steps_in
from milo_demo.media import decode
from milo_demo.seeing.watch import with_picture

EVERY = 4
"""Steps of the analysis grid from one look to the next, about two seconds: a look takes ten on a processor."""


@dataclass(frozen=True)
class Sought:
    """What was looked for.

    words  : in the order in which they were asked
    boxes  : where they may be, in order of time
    scores : (step, word), 0-1, how surely each is in the picture
    models : who looked
    """

    words: tuple[str, ...]
    boxes: list[WordBox]
    scores: NDArray[np.float32]
    models: tuple[ModelUsed, ...]

    def told(self, threshold: float) -> list[str]:
        """What came of it, in a sentence."""
        found = self.scores.max(axis=0, initial=0) >= threshold
        said = [f"“{word}” {'is there' if there else 'is not'}" for word, there in zip(self.words, found, strict=True)]
        return [f"Looked for in the picture, in your words: {', '.join(said)}."]


def look_for(video: Path, media: Media, words: Sequence[str]) -> Generator[float, None, Sought]:
    """Look for words in a normalised clip, where it has a picture; yield the fraction done, return what was found. A
    360° picture is looked at as it lies in the file.

    Raises MiloError where the model cannot be used.
    """
    from milo_demo.large import owlv2

    opened, (first, count) = large.load("owlv2"), with_picture(media)
    boxes, scores = list[WordBox](), np.zeros((steps_in(media.duration_s), len(words)), np.float32)
    pictures = decode.pictures(video, STEPS_PER_S / EVERY, first / STEPS_PER_S, count / STEPS_PER_S)
    for number, (_, picture) in enumerate(pictures):
        step, end = first + number * EVERY, first + min((number + 1) * EVERY, count)
        time_s, until_s = step / STEPS_PER_S, min(media.duration_s, end / STEPS_PER_S)
        for word, score, sides in owlv2.look(picture.rgb(owlv2.SIDE_PX), words, opened.model):
            boxes.append(WordBox(words[word], time_s, until_s, score, *sides))
            scores[step:end, word] = np.maximum(scores[step:end, word], score)
        yield (end - first) / count
    return Sought(tuple(words), boxes, scores, (opened.used,))
