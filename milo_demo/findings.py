"""What an analysis consists of: the clip, and each thing that was found in it. `analysis` holds them together.

Times are seconds from the first frame of the normalised clip. Scores are 0-1. Boxes are fractions of the upright frame.
"""

from dataclasses import dataclass
from typing import TypedDict


@dataclass(frozen=True)
class Media:
    """The normalised clip, and what had to be found out to make it.

    width, height      : pixels; of one eye's picture, if the source is stereo 3D
    projection         : ``flat`` or ``equirectangular``
    projection_assumed : nothing in the source says which of the two it is
    picture_from_s, picture_to_s : when there is a picture; before and after it the first and last frame are held, and
                         nothing is seen. None: to the clip's end
    source_s           : how long the file itself says that it lasts; None where that is not known any more
    audio_layout       : FFmpeg's name of the source's channels of sound, such as ``stereo`` or ``ambisonic 1``; empty
                         without sound, and where that is not known any more
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
    source_s: float | None = None
    audio_layout: str = ""

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
    """``imported``, ``bundled``, ``cache``, ``hub``, or ``fetched``: a larger model"""


@dataclass(frozen=True)
class ClipScore:
    """The verdict on one label over the whole clip; None where a sense did not look: no sound, picture or evidence.

    `moved` says how surely somebody in the picture moves as who plays it does, whatever is heard. `azimuth_deg`, -180
    to 180 to the right of the middle of a 360° frame, and `elevation_deg`, upwards, say where it was heard from; None
    unless the sound knows directions and one is clear.
    """

    label: str
    score: float
    heard: float | None
    seen: float | None
    played: float | None
    azimuth_deg: float | None = None
    elevation_deg: float | None = None
    moved: float | None = None

    @property
    def surest(self) -> float:
        """What the surer of ear and eye says, by which it is judged whether the label is there, and called sure."""
        return max(self.heard or 0.0, self.seen or 0.0)


@dataclass(frozen=True)
class FamilyScore:
    """How surely something of a family (one of `instruments.FAMILIES`) is heard, whichever instrument it is."""

    family: str
    heard: float


@dataclass(frozen=True)
class OtherSound:
    """Something that is heard and lies outside the taxonomy: one of `outside.OTHERS`."""

    name: str
    heard: float


@dataclass(frozen=True)
class OtherSight:
    """Something that the picture looks like and that lies outside the taxonomy: one of `outside.LOOKS`."""

    name: str
    seen: float


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
    """``heard``, ``seen``, ``played``, ``tag``, ``other`` (a sound outside the taxonomy) or ``word`` (of the
    user's own, which was looked for); ``struck out``: by hand, whatever had been found"""
    label: str
    group: str
    start_s: float
    end_s: float
    score: float


@dataclass(frozen=True)
class Box:
    """An instrument in the picture, in the hands of one of the clip's players, who are numbered from 1.

    `played` says how surely that player plays at this moment, 0-1; None where that is not known, as without sound.
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
    played: float | None = None


@dataclass(frozen=True)
class WordBox:
    """A place in the picture at which there may be what a word of the user's own says. The word is theirs, no label of
    the taxonomy, and says nothing about instruments.

    Pictures are looked at every `until_s` − `time_s`; the box is of the first moment.
    """

    word: str
    time_s: float
    until_s: float
    score: float
    x0: float
    y0: float
    x1: float
    y1: float


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
