"""The examples that the empty page offers, each made by a recipe that lies beside it in `assets/examples`."""

from typing import NamedTuple


class Example(NamedTuple):
    """file, picture : names in `assets/examples`
    line             : what it shows
    """

    file: str
    picture: str
    title: str
    line: str

    @property
    def name(self) -> str:
        """What its results are called after."""
        return self.file.partition(".")[0]


SHOWN = (
    Example("drawn_duet.mp4", "drawn_duet.jpg", "Duet", "a guitar played, a flute only heard, a harp only seen"),
    Example("drawn_melodies.mp4", "drawn_melodies.jpg", "Two melodies", "guitar and trumpet, to be heard apart"),
    Example("drawn_round.mp4", "drawn_round.jpg", "All round", "a 360° scene: drag to look, hear where from"),
    Example("made_band.m4a", "made_band.jpg", "Sound alone", "drums, bass and piano: names, tags and tempo"),
)
