"""What separating a clip gives: the one thing that the rest of the program knows of it."""

from dataclasses import dataclass

from milo_demo.analysis import ModelUsed, Note, Track


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
