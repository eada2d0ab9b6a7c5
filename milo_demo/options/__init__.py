"""What a user asks for."""

import math
from dataclasses import dataclass

from milo_demo.errors import MiloError
from milo_demo.instruments import BY_NAME, INSTRUMENTS

PROJECTIONS = ("auto", "flat", "equirectangular")
SEPARATORS = ("notes", "semantic", "nmf", "htdemucs", "none")
EARS = ("milo", "ast")
MOST_WORDS, LONGEST_WORD = 8, 40
"""Words of one's own that are looked for at once, and characters of each."""
MOST_PLAYERS = 7
"""Tracks beside the rest."""


@dataclass(frozen=True)
class AnalysisOptions:
    """What to analyse and how.

    start_s, duration_s : the part of the source to take; a duration of None takes all that is left
    threshold           : score from which something counts as there, 0-1; every model is calibrated to 0.5
    projection          : ``flat``, ``equirectangular``, or ``auto`` to believe the file
    audio_track         : the sound track to listen to, from 1; None leaves the choice to MILO
    annotated           : also write annotated.mp4
    separator           : how to make a track per instrument: from the ``notes`` that each plays, by one of the
                          published methods to compare with, ``semantic`` or ``nmf``, by the larger model ``htdemucs``
                          (drums, bass, voice, rest), or ``none``
    ear                 : who says what is heard: ``milo``, or the larger model ``ast``
    look_for            : words of one's own, with commas between them, that a larger model looks for in the picture
    players             : instruments, with commas between them, that are given tracks; empty: those that are heard

    Raises MiloError where a value makes no sense.
    """

    start_s: float = 0.0
    duration_s: float | None = None
    threshold: float = 0.5
    projection: str = "auto"
    annotated: bool = False
    audio_track: int | None = None
    separator: str = "notes"
    ear: str = "milo"
    look_for: str = ""
    players: str = ""

    def __post_init__(self) -> None:
        if not self.start_s >= 0:
            raise MiloError(f"The start must be 0 seconds or later, not {self.start_s:g}.")
        if self.duration_s is not None and not self.duration_s > 0:
            raise MiloError(f"The duration must be more than 0 seconds, not {self.duration_s:g}.")
        if not math.isfinite(self.start_s + (self.duration_s or 0.0)):
            raise MiloError("Start and duration must be numbers: leave the duration out to have all that is left.")
        if not 0 < self.threshold < 1:
            raise MiloError(f"The threshold must lie between 0 and 1, not at {self.threshold:g}.")
        if self.audio_track is not None and self.audio_track < 1:
            raise MiloError(f"Sound tracks are numbered from 1: there is none of number {self.audio_track}.")
        if self.projection not in PROJECTIONS:
            raise MiloError(f"The projection must be auto, flat or equirectangular, not {self.projection!r}.")
        if self.separator not in SEPARATORS:
            raise MiloError(f"The separator must be notes, semantic, nmf, htdemucs or none, not {self.separator!r}.")
        if self.ear not in EARS:
            raise MiloError(f"The ear must be milo or ast, not {self.ear!r}.")
        if len(self.words) > MOST_WORDS:
            raise MiloError(f"At most {MOST_WORDS} words can be looked for at once, not {len(self.words)}.")
        for word in self.words:
            # What begins with a sign is reckoned by a spreadsheet that opens the table of events.
            if len(word) > LONGEST_WORD or not word.isprintable() or not word[0].isalnum():
                raise MiloError(
                    f"What is looked for must be words of at most {LONGEST_WORD} characters that begin with a letter, "
                    "with commas between them."
                )
        if len(self.playing) > MOST_PLAYERS:
            raise MiloError(f"At most {MOST_PLAYERS} instruments can be given tracks, not {len(self.playing)}.")
        if self.playing and self.separator == "htdemucs":
            raise MiloError("HTDemucs makes the same three tracks whoever plays: name nobody, or choose MILO's own.")

    @property
    def words(self) -> tuple[str, ...]:
        """What is looked for, each once.

        >>> AnalysisOptions(look_for="theremin,  glass harp, theremin").words
        ('theremin', 'glass harp')
        """
        return _listed(self.look_for)

    @property
    def playing(self) -> tuple[str, ...]:
        """The labels of `players`, each once, however they are written.

        >>> AnalysisOptions(players="French Horn, drums, french_horn").playing
        ('french_horn', 'drum')
        """
        return tuple(dict.fromkeys(map(_label, _listed(self.players))))

    @property
    def larger(self) -> tuple[str, ...]:
        """The larger models that this asks for, by name."""
        asked = {"htdemucs": self.separator == "htdemucs", "ast": self.ear == "ast", "owlv2": bool(self.words)}
        return tuple(name for name, is_asked in asked.items() if is_asked)


def _listed(words: str) -> tuple[str, ...]:
    """What stands between commas, each once."""
    return tuple(dict.fromkeys(word for part in words.split(",") if (word := " ".join(part.split()))))


def _label(word: str) -> str:
    """The label that a word means. Raises MiloError where it means none."""
    name = word.lower().replace(" ", "_")
    for label in (name, name.removesuffix("s")):
        if label in BY_NAME:
            return label
    shown = "".join(letter for letter in word[:LONGEST_WORD] if letter.isprintable())
    raise MiloError(f"MILO knows no {shown}: it knows {', '.join(it.title for it in INSTRUMENTS)}.")
