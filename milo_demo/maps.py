"""The arrays of a result: what the models say at every step of the analysis grid."""

import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS

SCORES = (
    "object", "action", "source", "movement", "sound", "families", "others", "played", "tags", "time_s", "tempo_bpm",
    "hands", "heard_features", "seen_features", "heard_places", "seen_places",
)  # fmt: skip
"""The arrays of `Maps`, by their names in the file."""


@dataclass
class Maps:
    """What the models say at every step, 0-1. In the file, scores in space are of half precision (see `one_peak`).

    object    : (time, label, row, column) where each instrument is seen
    action    : (time, label, row, column) where each instrument is played: its peak is where it is touched
    source    : (time, row, column)       which pixels make the sound
    movement  : (time, row, column)       what moves as if it played, told from movement alone
    sound     : (time, label)             what is heard
    families  : (time, family)            of which families something is heard, in the order of `FAMILIES`
    others    : (time, other)             what else is heard, in the order of `outside.OTHERS`
    played    : (time, label)             what is played
    tags      : (time, tag)               what the music is called, 0.5 being each tag's own threshold
    time_s    : (time,)                   start of each step, seconds
    tempo_bpm : (time,)                   beats per minute, nan where no beat is clear
    hands     : (hand, 4)                 when and where finger tips are: seconds, x and y in fractions of the frame,
                                          and how surely there is a hand

    heard_features : (1024,) what the ear knows of the clip before it names anything, to find clips that sound alike
    seen_features  : (1280,) the same of the eye
    heard_places, seen_places : (time, 2) where each step lies on the maps of what these know, see `models.naming.atlas`

    A part that was not computed has length 0 in its last axis.
    """

    object: NDArray[np.float32]
    action: NDArray[np.float16]
    source: NDArray[np.float32]
    sound: NDArray[np.float16]
    tags: NDArray[np.float16]
    time_s: NDArray[np.float64]
    tempo_bpm: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    movement: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0, 0), np.float16))
    played: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0), np.float16))
    families: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0), np.float16))
    others: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0), np.float16))
    hands: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    heard_features: NDArray[np.float16] = field(default_factory=lambda: np.zeros(0, np.float16))
    seen_features: NDArray[np.float16] = field(default_factory=lambda: np.zeros(0, np.float16))
    heard_places: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0), np.float16))
    seen_places: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0), np.float16))
    labels: tuple[str, ...] = LABELS
    tag_labels: tuple[str, ...] = ()

    @classmethod
    def empty(cls, steps: int) -> "Maps":
        """Of a clip of which nothing is known yet."""
        spatial = np.zeros((steps, len(LABELS), 0, 0), np.float32)
        return cls(
            object=spatial,
            action=spatial.astype(np.float16),
            source=np.zeros((steps, 0, 0), np.float32),
            sound=np.zeros((steps, 0), np.float16),
            tags=np.zeros((steps, 0), np.float16),
            families=np.zeros((steps, 0), np.float16),
            others=np.zeros((steps, 0), np.float16),
            time_s=np.arange(steps) / STEPS_PER_S,
            movement=np.zeros((steps, 0, 0), np.float16),
            played=np.zeros((steps, 0), np.float16),
        )

    def save(self, path: Path) -> None:
        """Write an .npz file."""
        arrays = {name: _stored(getattr(self, name)) for name in SCORES}
        arrays |= {name: np.array(getattr(self, name), dtype=str) for name in ("labels", "tag_labels")}
        np.savez_compressed(path, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Maps":
        """Read back what `save` wrote. Raises OSError, ValueError, KeyError or TypeError where the file is another."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                labels, tag_labels = (tuple(arrays[name].tolist()) for name in ("labels", "tag_labels"))
                parts: dict[str, Any] = {name: arrays[name] for name in arrays.files if name in SCORES}
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, AttributeError) as error:  # as damage has it
            raise ValueError(f"{path.name} is damaged") from error
        parts |= {name: parts[name].astype(np.float32) for name in ("object", "source")}
        return cls(**parts, labels=labels, tag_labels=tag_labels)


def one_peak(maps: NDArray[np.floating]) -> NDArray[np.float16]:
    """Maps (…, row, column), 0-1, in half precision, each with one highest place: the one where it truly is highest.

    Where rounding makes other places as high, those are lowered by as little as can be told apart.
    """
    whole = maps.reshape(*maps.shape[:-2], -1)
    if not whole.size:
        return maps.astype(np.float16)
    half = whole.astype(np.float16)
    peak = whole.argmax(axis=-1)[..., None]
    highest = np.take_along_axis(half, peak, axis=-1)
    half = np.where((half == highest) & (highest > 0), np.nextafter(highest, np.float16(0)), half)
    np.put_along_axis(half, peak, highest, axis=-1)
    return half.reshape(maps.shape)


def _stored(scores: NDArray) -> NDArray:
    """Maps, which have rows and columns, with one peak each; what is in half precision already, or over time, as is."""
    if scores.ndim <= 2 or scores.dtype == np.float16:
        return scores
    stored = np.empty(scores.shape, np.float16)
    for step, values in enumerate(scores):  # one by one: a long clip's maps are the largest thing in memory
        stored[step] = one_peak(values)
    return stored
