"""The result contract: what was asked, what an analysis says, on one clock, and the two files that carry it.

Times are seconds from the first frame of the normalised clip; arrays over time lie on the analysis grid (`grid`).
Scores are 0-1. Boxes are fractions of the upright frame.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milo_demo.corrections import Correction
from milo_demo.errors import MiloError
from milo_demo.findings import (
    Box,
    ClipScore,
    Event,
    FamilyScore,
    LabelScore,
    Media,
    ModelUsed,
    Note,
    OtherSight,
    OtherSound,
    TagScore,
    TempoCandidate,
    Track,
    WordBox,
)
from milo_demo.folder import RECORD, SCHEMA, as_text, fingerprint, own, refuse, sealed
from milo_demo.grid import STEPS_PER_S
from milo_demo.maps import Maps
from milo_demo.options import AnalysisOptions

__all__ = [
    "Analysis",
    "Box",
    "ClipScore",
    "Event",
    "FamilyScore",
    "LabelScore",
    "Media",
    "ModelUsed",
    "Note",
    "OtherSight",
    "OtherSound",
    "TagScore",
    "TempoCandidate",
    "Track",
    "WordBox",
    "rounded",
]

PARTS: dict[str, type] = {
    "tempo_candidates": TempoCandidate,
    "models": ModelUsed,
    "clip": ClipScore,
    "families": FamilyScore,
    "others": OtherSound,
    "other_sights": OtherSight,
    "tags": TagScore,
    "events": Event,
    "boxes": Box,
    "words": WordBox,
    "tracks": Track,
    "notes": Note,
    "corrections": Correction,
}
"""The record's lists, and what they are lists of."""
NEARLY_AS_STRONG = 0.3
"""A second tempo is named beside the first from this strength on: from here on it is the right one in 30 % of made
patterns and 40 % of rendered scores (see `evaluate tempo`), below in 1 % and 21 %."""


@dataclass
class Analysis:
    """Who plays what, when and where in one clip.

    `clip`, `families`, `others` and `tags` are sorted, best first, `notes` by their beginning; absent parts are empty
    lists; `tempo_bpm` is None where the clip has no steady beat, and otherwise the first of two `tempo_candidates`, of
    which the second is its half, double, third or triple.

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
    families: list[FamilyScore] = field(default_factory=list)
    others: list[OtherSound] = field(default_factory=list)
    other_sights: list[OtherSight] = field(default_factory=list)
    tags: list[TagScore] = field(default_factory=list)
    tempo_bpm: float | None = None
    tempo_candidates: list[TempoCandidate] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    words: list[WordBox] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
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
        for part in PARTS:
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
        """Name one more file of the result saved in `folder` in its analysis.json, unless that was changed by hand.

        Raises MiloError where names have been put right since this was loaded, of which the file knows nothing: it is
        removed.
        """
        sha = fingerprint(folder / name)
        if sha is None or RECORD not in own(folder):
            return
        now = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if now["corrections"] != json.loads(self.to_json())["corrections"]:
            (folder / name).unlink()
            raise MiloError(f"Names were put right meanwhile, which {name} does not show: make it again.")
        self.files = {it: known for it, known in now["files"].items() if (folder / it).is_file()} | {name: sha}
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
                tempo_bpm=record["tempo_bpm"],
                **{part: [kind(**item) for item in record.get(part, [])] for part, kind in PARTS.items()},
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
