"""The result contract: what was asked, what an analysis says, on one clock, and the two files that carry it.

Times are seconds from the first frame of the normalised clip; arrays over time lie on the analysis grid (`grid`).
Scores are 0-1. Boxes are fractions of the upright frame.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS
from milo_demo.options import AnalysisOptions

SCHEMA = "milo.analysis/2"
SCORES = ("object", "action", "source", "sound", "tags", "time_s", "tempo_bpm")
"""The arrays of `Maps`, by their names in the file."""
NEARLY_AS_STRONG = 0.3
"""A second tempo is named beside the first from this strength on: from here on it is the right one in 30 % of made
patterns and 40 % of rendered scores (see `evaluate tempo`), below in 1 % and 21 %."""
LEVELS = 255
"""Scores in space are stored as whole 255ths."""


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

    @property
    def is_spherical(self) -> bool:
        """Whether the frames show all that is around the camera."""
        return self.projection == "equirectangular"


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
class TempoCandidate:
    """A tempo that the clip may have, in beats per minute, and how strongly it is meant against the other, 0-1."""

    bpm: float
    strength: float


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
    """An instrument in the picture, in the hands of one of the clip's players, who are numbered from 1.

    Across the seam of a 360° frame x1 > 1; there, the direction of the box's middle is given as well: azimuth in
    [-180, 180) to the right of the frame's middle, elevation upwards.
    """

    time_s: float
    label: str
    score: float
    player: int
    x0: float
    y0: float
    x1: float
    y1: float
    azimuth_deg: float | None = None
    elevation_deg: float | None = None


@dataclass(frozen=True)
class Track:
    """A separated sound track."""

    path: str
    label: str
    method: str
    snr_db: float | None
    classified: list[dict]


@dataclass
class Maps:
    """What the models say at every step, 0-1. In the file, scores in space are whole 255ths (uint8).

    object    : (time, label, row, column) where each instrument is seen
    action    : (time, label, row, column) where each instrument is played
    source    : (time, row, column)       which pixels make the sound
    sound     : (time, label)             what is heard
    tags      : (time, tag)               what the music is called, 0.5 being each tag's own threshold
    time_s    : (time,)                   start of each step, seconds
    tempo_bpm : (time,)                   beats per minute, nan where no beat is clear

    A part that was not computed has length 0 in its last axis.
    """

    object: NDArray[np.float32]
    action: NDArray[np.float32]
    source: NDArray[np.float32]
    sound: NDArray[np.float16]
    tags: NDArray[np.float16]
    time_s: NDArray[np.float64]
    tempo_bpm: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    labels: tuple[str, ...] = LABELS
    tag_labels: tuple[str, ...] = ()

    @classmethod
    def empty(cls, steps: int) -> "Maps":
        """Of a clip of which nothing is known yet."""
        spatial = np.zeros((steps, len(LABELS), 0, 0), np.float32)
        return cls(
            object=spatial,
            action=spatial,
            source=np.zeros((steps, 0, 0), np.float32),
            sound=np.zeros((steps, 0), np.float16),
            tags=np.zeros((steps, 0), np.float16),
            time_s=np.arange(steps) / STEPS_PER_S,
        )


@dataclass
class Analysis:
    """Who plays what, when and where in one clip.

    `clip` and `tags` are sorted, best first; absent parts are empty lists; `tempo_bpm` is None where the clip has no
    steady beat, and otherwise the first of two `tempo_candidates`, of which the second is its half, double, third or
    triple.

    Examples
    --------
    >>> empty = Analysis(Media("song.wav", 2.0, 0, 0, 0.0, has_video=False, has_audio=True), Maps.empty(4))
    >>> json.loads(empty.to_json())["media"]["source_name"]
    'song.wav'
    >>> empty.seen().shape
    (4, 26)

    See also `pipeline.analyse`, which makes one.
    """

    media: Media
    maps: Maps
    options: AnalysisOptions = field(default_factory=AnalysisOptions)
    models: list[ModelUsed] = field(default_factory=list)
    clip: list[ClipScore] = field(default_factory=list)
    tags: list[TagScore] = field(default_factory=list)
    tempo_bpm: float | None = None
    tempo_candidates: list[TempoCandidate] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    timings_s: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def seen(self) -> NDArray[np.float32]:
        """How surely each label is seen at each step, (time, label), 0-1: its map's peak or its best box, whichever is
        more. All 0 without a picture."""
        scores = self.maps.object.max(axis=(2, 3), initial=0)
        for box in self.boxes:
            at = round(box.time_s * STEPS_PER_S), self.maps.labels.index(box.label)
            scores[at] = max(scores[at], box.score)
        return scores

    def tempi_bpm(self) -> list[float]:
        """The tempi worth naming: none, the clip's, or that and another that is nearly as strong."""
        named = [each.bpm for each in self.tempo_candidates[1:] if each.strength >= NEARLY_AS_STRONG]
        return [] if self.tempo_bpm is None else [self.tempo_bpm, *named]

    def to_json(self) -> str:
        """The record without its arrays. The same analysis gives the same text, byte for byte, but for `timings_s`."""
        record: dict[str, Any] = {"schema": SCHEMA, "media": asdict(self.media), "options": asdict(self.options)}
        record["tempo_bpm"] = self.tempo_bpm
        for part in ("tempo_candidates", "models", "clip", "tags", "events", "boxes", "tracks"):
            record[part] = [asdict(item) for item in getattr(self, part)]
        record |= {"timings_s": self.timings_s, "warnings": self.warnings}
        return json.dumps(rounded(record), ensure_ascii=False, indent=1) + "\n"

    def save(self, folder: Path) -> None:
        """Write analysis.json and maps.npz into an existing folder."""
        folder = Path(folder)
        (folder / "analysis.json").write_text(self.to_json(), encoding="utf-8")
        arrays = {name: _stored(getattr(self.maps, name)) for name in SCORES}
        arrays |= {name: np.array(getattr(self.maps, name), dtype=str) for name in ("labels", "tag_labels")}
        np.savez_compressed(folder / "maps.npz", allow_pickle=False, **arrays)

    @classmethod
    def load(cls, folder: Path) -> "Analysis":
        """Read back what `save` wrote. Raises MiloError where the folder holds no analysis of this schema."""
        folder = Path(folder)
        try:
            record = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
            if record["schema"] != SCHEMA:
                raise MiloError(f"{folder} was written by another version of MILO: analyse the clip again.")
            with np.load(folder / "maps.npz", allow_pickle=False) as arrays:
                labels, tag_labels = (tuple(arrays[name].tolist()) for name in ("labels", "tag_labels"))
                parts: dict[str, Any] = {name: _restored(arrays[name]) for name in arrays.files if name in SCORES}
            maps = Maps(**parts, labels=labels, tag_labels=tag_labels)
            return cls(
                media=Media(**record["media"]),
                maps=maps,
                options=AnalysisOptions(**record["options"]),
                models=[ModelUsed(**item) for item in record["models"]],
                clip=[ClipScore(**item) for item in record["clip"]],
                tags=[TagScore(**item) for item in record["tags"]],
                tempo_bpm=record["tempo_bpm"],
                tempo_candidates=[TempoCandidate(**item) for item in record["tempo_candidates"]],
                events=[Event(**item) for item in record["events"]],
                boxes=[Box(**item) for item in record["boxes"]],
                tracks=[Track(**item) for item in record["tracks"]],
                timings_s=record["timings_s"],
                warnings=record["warnings"],
            )
        except MiloError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MiloError(f"{folder} holds no readable analysis: analyse the clip again.") from error


def rounded(value: Any) -> Any:
    """Floats to four decimals: finer than any model here knows, and stable in a text file."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value


def _stored(scores: NDArray) -> NDArray:
    """Maps, which have rows and columns, as whole LEVELS; scores over time as they are."""
    return (LEVELS * scores).round().astype(np.uint8) if scores.ndim > 2 else scores


def _restored(values: NDArray) -> NDArray:
    return values / np.float32(LEVELS) if values.dtype == np.uint8 else values
