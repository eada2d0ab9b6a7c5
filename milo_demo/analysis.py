"""The result contract: what was asked, what an analysis says, on one clock, and the two files that carry it.

Times are seconds from the first frame of the normalised clip; arrays over time lie on the analysis grid (`grid`).
Scores are 0-1. Boxes are fractions of the upright frame.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.folder import RECORD, SCHEMA, as_text, fingerprint, own, refuse, sealed
from milo_demo.grid import STEPS_PER_S
from milo_demo.maps import Maps
from milo_demo.options import AnalysisOptions

NEARLY_AS_STRONG = 0.3
"""A second tempo is named beside the first from this strength on: from here on it is the right one in 30 % of made
patterns and 40 % of rendered scores (see `evaluate tempo`), below in 1 % and 21 %."""


@dataclass(frozen=True)
class Media:
    """The normalised clip, and what had to be found out to make it.

    width, height      : pixels; of one eye's picture, if the source is stereo 3D
    projection         : ``flat`` or ``equirectangular``
    projection_assumed : nothing in the source says which of the two it is
    picture_from_s, picture_to_s : when there is a picture; before and after it the first and last frame are held, and
                         nothing is seen. None: to the clip's end
    """

    source_name: str
    duration_s: float
    width: int
    height: int
    fps: float
    has_video: bool
    has_audio: bool
    projection: str = "flat"
    projection_assumed: bool = False
    picture_from_s: float = 0.0
    picture_to_s: float | None = None

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
class Note:
    """A note that one instrument plays: its MIDI number (69 is A at 440 Hz) and how many cents it lies above that."""

    label: str
    start_s: float
    end_s: float
    midi: int
    cents: float
    score: float


class LabelScore(TypedDict):
    label: str
    score: float


@dataclass(frozen=True)
class Track:
    """A separated sound track, of which all together are the clip's sound.

    path       : the file's name in the result's folder
    label      : an instrument's, or ``residual`` for what is none's
    method     : what separated it
    quality_db : how far it is expected to stand above what leaks into it (SI-SDR); None where nothing says so
    energy     : its share of the energy of all the sound, 0-1
    classified : what it sounds like when it is heard alone, best first
    doubt      : what may be wrong with it, in a sentence; mostly empty
    """

    path: str
    label: str
    method: str
    quality_db: float | None
    energy: float
    classified: list[LabelScore]
    doubt: str = ""


@dataclass
class Analysis:
    """Who plays what, when and where in one clip.

    `clip` and `tags` are sorted, best first, `notes` by their beginning; absent parts are empty lists; `tempo_bpm` is
    None where the clip has no steady beat, and otherwise the first of two `tempo_candidates`, of which the second is
    its half, double, third or triple.

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
    notes: list[Note] = field(default_factory=list)
    timings_s: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """The saved result's files with their sha256, by which a later one knows what it may replace (see `folder`)."""

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
        for part in ("tempo_candidates", "models", "clip", "tags", "events", "boxes", "tracks", "notes"):
            record[part] = [asdict(item) for item in getattr(self, part)]
        record |= {"timings_s": self.timings_s, "warnings": self.warnings}
        return as_text(sealed(rounded(record), self.files))

    def save(self, folder: Path, beside: Iterable[str] = ()) -> None:
        """Write maps.npz and, last, analysis.json into an existing folder.

        beside : names of the result's other files, which lie there already

        Raises MiloError where a file that is not an earlier result's has one of the two names.
        """
        folder = Path(folder)
        refuse(folder, (RECORD, "maps.npz"))
        self.maps.save(folder / "maps.npz")
        found = {name: fingerprint(folder / name) for name in {*self.files, *beside, "maps.npz"} - {RECORD}}
        written = {"maps.npz", *beside}
        self.files = {name: sha for name, sha in found.items() if sha and (name in written or sha == self.files[name])}
        self._write_record(folder)

    def add_file(self, folder: Path, name: str) -> None:
        """Name one more file of the result saved in `folder` in its analysis.json, unless that was changed by hand."""
        sha = fingerprint(folder / name)
        if sha is not None and RECORD in own(folder):
            self.files[name] = sha
            self._write_record(folder)

    def _write_record(self, folder: Path) -> None:
        part = folder / f".{RECORD}.part"
        part.write_text(self.to_json(), encoding="utf-8", newline="\n")
        part.replace(folder / RECORD)
        self.files = json.loads(self.to_json())["files"]

    @classmethod
    def load(cls, folder: Path) -> "Analysis":
        """Read back what `save` wrote. Raises MiloError where the folder holds no analysis of this schema."""
        folder = Path(folder)
        try:
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            if record["schema"] != SCHEMA:
                raise MiloError(f"{folder} was written by another version of MILO: analyse the clip again.")
            return cls(
                media=Media(**record["media"]),
                maps=Maps.load(folder / "maps.npz"),
                options=AnalysisOptions(**record["options"]),
                models=[ModelUsed(**item) for item in record["models"]],
                clip=[ClipScore(**item) for item in record["clip"]],
                tags=[TagScore(**item) for item in record["tags"]],
                tempo_bpm=record["tempo_bpm"],
                tempo_candidates=[TempoCandidate(**item) for item in record["tempo_candidates"]],
                events=[Event(**item) for item in record["events"]],
                boxes=[Box(**item) for item in record["boxes"]],
                tracks=[Track(**item) for item in record["tracks"]],
                notes=[Note(**item) for item in record["notes"]],
                timings_s=record["timings_s"],
                warnings=record["warnings"],
                files=record["files"],
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
