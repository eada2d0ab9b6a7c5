"""What separating a clip gives: the one thing that the rest of the program knows of it."""

from dataclasses import dataclass

from milo_demo.analysis import ModelUsed, Note, Track

NOBODY = "No instrument was heard clearly enough to be given a track of its own: all the sound is in one."
NOT_THERE = "Not heard, and so without a track: {}."
SWITCHED_OFF = "Tracks are switched off, and so none is made of: {}."
UNNAMED = "Heard too, but not named: {}. What they play is in the others’ tracks, or in the rest."


def about_tracks(warning: str) -> bool:
    """Whether a sentence of a record is about its tracks.

    >>> about_tracks(NOT_THERE.format("drum")), about_tracks("The clip has no picture: only what is heard is shown.")
    (True, False)
    """
    return warning.startswith(tuple(said.partition("{")[0] for said in (NOBODY, NOT_THERE, SWITCHED_OFF, UNNAMED)))


@dataclass(frozen=True)
class Separated:
    """The tracks and the notes of one clip.

    tracks   : one per instrument, the residual last; together they are the clip's sound. Their files lie in the
               result's folder
    notes    : what the instruments play, by their beginning
    warnings : what people should know about it, a sentence each
    models   : what was used for it
    """

    tracks: tuple[Track, ...]
    notes: tuple[Note, ...]
    warnings: tuple[str, ...]
    models: tuple[ModelUsed, ...]
