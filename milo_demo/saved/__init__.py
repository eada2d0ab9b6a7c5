"""What is done with a result that lies in a folder: drawn into its video, put right, packed, compared, explained."""

from milo_demo.export.look import COLOURS, LAYERS, Look, heat
from milo_demo.saved.comparing import LONGEST_S, METHODS, Heard, Take, compare
from milo_demo.saved.correcting import carry, correct, found
from milo_demo.saved.drawing import Wish, annotate
from milo_demo.saved.explaining import Spectrogram, spectrogram
from milo_demo.saved.knowing import Sheet, atlas
from milo_demo.saved.moment import explain_frame
from milo_demo.saved.packing import pack
from milo_demo.saved.sharing import share

__all__ = [
    "COLOURS",
    "LAYERS",
    "LONGEST_S",
    "METHODS",
    "Heard",
    "Look",
    "Sheet",
    "Spectrogram",
    "Take",
    "Wish",
    "annotate",
    "atlas",
    "carry",
    "compare",
    "correct",
    "explain_frame",
    "found",
    "heat",
    "pack",
    "share",
    "spectrogram",
]
