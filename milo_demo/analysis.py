"""The result contract: what an analysis says, on one clock, and the files that carry it.

Times are seconds from the first frame of the normalised clip. The grid of the arrays has
16,000 / 512 / 16 = 1.953125 steps per second, the sound model's output rate (Liu 2018, section 4.2.2); step `t` stands
for the time from `t` to `t + 1` grid periods. Scores are 0-1. Boxes are fractions of the upright frame.
"""

import csv
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.instruments import LABELS

SCHEMA = "milo.analysis/1"
STEPS_PER_S = 16_000 / 512 / 16
RELEASE = 0.6
"""Events and boxes that have begun last until the score falls under this share of the threshold: hysteresis, so that a
score that wavers about the threshold neither tears one note into many events nor makes a box blink."""


def steps_in(duration_s: float) -> int:
    """How many steps of the grid a clip has, the last one possibly begun only."""
    return math.ceil(duration_s * STEPS_PER_S - 1e-6)  # a whole number of steps must not become one more by rounding


@dataclass(frozen=True)
class Media:
    source_name: str
    duration_s: float
    width: int
    height: int
    fps: float
    has_video: bool
    has_audio: bool
    projection: str = "flat"


@dataclass(frozen=True)
class ModelUsed:
    role: str
    name: str
    version: str
    sha256: str
    origin: str
    """``bundled``, ``cache`` or ``hub``"""


@dataclass(frozen=True)
class ClipScore:
    """The verdict on one label over the whole clip; None where a sense did not look: no sound, picture or evidence.

    `azimuth_deg`, -180 to 180 to the right of the middle of a 360° frame, and `elevation_deg`, upwards, say where it
    was heard from; None unless the sound knows directions and one is clear.
    """

    label: str
    score: float
    heard: float | None
    seen: float | None
    played: float | None
    azimuth_deg: float | None = None
    elevation_deg: float | None = None


@dataclass(frozen=True)
class TagScore:
    """How well one of the 188 tags describes the clip, 0.5 being the tag's own threshold."""

    label: str
    group: str
    score: float


@dataclass(frozen=True)
class Event:
    kind: str
    """``heard``, ``seen``, ``played`` or ``tag``"""
    label: str
    group: str
    start_s: float
    end_s: float
    score: float


@dataclass(frozen=True)
class Box:
    """An instrument in the picture. Across the seam of a 360° frame x1 > 1; there, the direction of the box's middle
    is given as well: azimuth in [-180, 180) to the right of the frame's middle, elevation upwards."""

    time_s: float
    label: str
    score: float
    track: int
    x0: float
    y0: float
    x1: float
    y1: float
    azimuth_deg: float | None = None
    elevation_deg: float | None = None


@dataclass(frozen=True)
class Track:
    path: str
    label: str
    method: str
    snr_db: float | None
    classified: list[dict]


@dataclass
class Maps:
    """What the models say at every step: scores as uint8 0-255 in space, float16 0-1 over time.

    object    : (time, label, row, column) where each instrument is seen
    action    : (time, label, row, column) where each instrument is played
    source    : (time, row, column)       which pixels make the sound
    sound     : (time, label)             what is heard
    tags      : (time, tag)               what the music is called, 0.5 being each tag's own threshold
    time_s    : (time,)                   start of each step, seconds
    tempo_bpm : (time,)                   beats per minute, nan where no beat is clear

    A part that was not computed has length 0 in its last axis.
    """

    object: NDArray[np.uint8]
    action: NDArray[np.uint8]
    source: NDArray[np.uint8]
    sound: NDArray[np.float16]
    tags: NDArray[np.float16]
    time_s: NDArray[np.float64]
    tempo_bpm: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    labels: tuple[str, ...] = LABELS
    tag_labels: tuple[str, ...] = ()

    @classmethod
    def empty(cls, steps: int) -> "Maps":
        spatial = np.zeros((steps, len(LABELS), 0, 0), np.uint8)
        return cls(
            object=spatial,
            action=spatial,
            source=np.zeros((steps, 0, 0), np.uint8),
            sound=np.zeros((steps, 0), np.float16),
            tags=np.zeros((steps, 0), np.float16),
            time_s=np.arange(steps) / STEPS_PER_S,
        )


@dataclass
class Analysis:
    """Who plays what, when and where in one clip.

    `clip` and `tags` are sorted, best first; absent parts are empty lists; `tempo_bpm` is None where the clip has no
    steady beat.
    """

    media: Media
    maps: Maps
    models: list[ModelUsed] = field(default_factory=list)
    clip: list[ClipScore] = field(default_factory=list)
    tags: list[TagScore] = field(default_factory=list)
    tempo_bpm: float | None = None
    events: list[Event] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    timings_s: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def seen(self) -> NDArray[np.float32]:
        """How surely each label is seen at each step, (time, label), 0-1: its map's peak or its best box, whichever is
        more. All 0 without a picture."""
        scores = self.maps.object.max(axis=(2, 3), initial=0) / np.float32(255)
        for box in self.boxes:
            at = round(box.time_s * STEPS_PER_S), self.maps.labels.index(box.label)
            scores[at] = max(scores[at], box.score)
        return scores

    def to_json(self) -> str:
        """The record without its arrays. The same analysis gives the same text, byte for byte, but for `timings_s`."""
        record = {"schema": SCHEMA, "media": asdict(self.media), "tempo_bpm": self.tempo_bpm}
        for part in ("models", "clip", "tags", "events", "boxes", "tracks"):
            record[part] = [asdict(item) for item in getattr(self, part)]
        record |= {"timings_s": self.timings_s, "warnings": self.warnings}
        return json.dumps(_rounded(record), ensure_ascii=False, indent=1) + "\n"

    def save(self, folder: Path) -> None:
        """Write analysis.json, maps.npz, events.csv and labels.txt into an existing folder."""
        folder = Path(folder)
        (folder / "analysis.json").write_text(self.to_json(), encoding="utf-8")
        maps = self.maps
        np.savez_compressed(
            folder / "maps.npz",
            object=maps.object,
            action=maps.action,
            source=maps.source,
            sound=maps.sound,
            tags=maps.tags,
            time_s=maps.time_s,
            tempo_bpm=maps.tempo_bpm,
            labels=np.array(maps.labels, dtype=str),
            tag_labels=np.array(maps.tag_labels, dtype=str),
        )
        with open(folder / "events.csv", "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["kind", "label", "group", "start_s", "end_s", "score"])
            rows.writerows(_rounded(list(asdict(event).values())) for event in self.events)
        with open(folder / "labels.txt", "w", encoding="utf-8", newline="\n") as file:
            # Audacity's label track: start, end and text between tabs
            file.writelines(f"{e.start_s:.3f}\t{e.end_s:.3f}\t{e.label} ({e.kind})\n" for e in self.events)

    @classmethod
    def load(cls, folder: Path) -> "Analysis":
        """Read back what `save` wrote. Raises MiloError where the folder holds no analysis of this schema."""
        folder = Path(folder)
        try:
            record = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
            with np.load(folder / "maps.npz", allow_pickle=False) as arrays:
                maps = Maps(**{name: arrays[name] for name in arrays.files if not name.endswith("labels")})
                maps.labels = tuple(arrays["labels"].tolist())
                maps.tag_labels = tuple(arrays["tag_labels"].tolist())
        except (OSError, ValueError, KeyError) as error:
            raise MiloError(f"{folder} holds no readable analysis: analyse the clip again.") from error
        if record.get("schema") != SCHEMA:
            raise MiloError(f"{folder} was written by another version of MILO: analyse the clip again.")
        return cls(
            media=Media(**record["media"]),
            maps=maps,
            models=[ModelUsed(**item) for item in record["models"]],
            clip=[ClipScore(**item) for item in record["clip"]],
            tags=[TagScore(**item) for item in record.get("tags", [])],  # the first results of this schema have neither
            tempo_bpm=record.get("tempo_bpm"),
            events=[Event(**item) for item in record["events"]],
            boxes=[Box(**item) for item in record["boxes"]],
            tracks=[Track(**item) for item in record["tracks"]],
            timings_s=record["timings_s"],
            warnings=record["warnings"],
        )


def _rounded(value: object) -> object:
    """Floats to four decimals: finer than any model here knows, and stable in a text file."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value
