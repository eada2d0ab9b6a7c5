"""What is done with a result that lies in a folder: drawn into its video, put right by hand, put into one file."""

from milo_demo.export.look import COLOURS, LAYERS, Look, heat
from milo_demo.saved.correcting import correct, found
from milo_demo.saved.drawing import Wish, annotate
from milo_demo.saved.explaining import Spectrogram, spectrogram
from milo_demo.saved.knowing import Sheet, atlas
from milo_demo.saved.packing import pack

__all__ = [
    "COLOURS",
    "LAYERS",
    "Look",
    "Sheet",
    "Spectrogram",
    "Wish",
    "annotate",
    "atlas",
    "correct",
    "found",
    "heat",
    "pack",
    "spectrogram",
]
