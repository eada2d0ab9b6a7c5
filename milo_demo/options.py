"""What a user asks for."""

from dataclasses import dataclass

from milo_demo.errors import MiloError

PROJECTIONS = ("auto", "flat", "equirectangular")
SEPARATORS = ("notes", "semantic", "nmf", "none")


@dataclass(frozen=True)
class AnalysisOptions:
    """What to analyse and how.

    start_s, duration_s : the part of the source to take; a duration of None takes all that is left
    threshold           : score from which something counts as there, 0-1; every model is calibrated to 0.5
    projection          : ``flat``, ``equirectangular``, or ``auto`` to believe the file
    audio_track         : the sound track to listen to, from 1; None leaves the choice to MILO
    annotated           : also write annotated.mp4
    separator           : how to make a track per instrument: from the ``notes`` that each plays, by one of the
                          published methods to compare with, ``semantic`` or ``nmf``, or ``none``

    Raises MiloError where a value makes no sense.
    """

    start_s: float = 0.0
    duration_s: float | None = None
    threshold: float = 0.5
    projection: str = "auto"
    annotated: bool = False
    audio_track: int | None = None
    separator: str = "notes"

    def __post_init__(self) -> None:
        if not self.start_s >= 0:
            raise MiloError(f"The start must be 0 seconds or later, not {self.start_s:g}.")
        if self.duration_s is not None and not self.duration_s > 0:
            raise MiloError(f"The duration must be more than 0 seconds, not {self.duration_s:g}.")
        if not 0 < self.threshold < 1:
            raise MiloError(f"The threshold must lie between 0 and 1, not at {self.threshold:g}.")
        if self.audio_track is not None and self.audio_track < 1:
            raise MiloError(f"Sound tracks are numbered from 1: there is none of number {self.audio_track}.")
        if self.projection not in PROJECTIONS:
            raise MiloError(f"The projection must be auto, flat or equirectangular, not {self.projection!r}.")
        if self.separator not in SEPARATORS:
            raise MiloError(f"The separator must be notes, semantic, nmf or none, not {self.separator!r}.")
