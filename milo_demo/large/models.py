"""Which larger models there are, what they are good for, and from which bytes alone they may come.

Everything that decides what is loaded is pinned here: repository, commit, the sha256 of the numbers, and the class that
they must be of. Nothing of it was run with its real numbers by this project; speeds are those of the same architectures
with random numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MB = 1_000_000
REFERENCE_GFLOPS = 155.0
"""What the processor on which paces were measured multiplies a second with one thread, in thousand millions."""


@dataclass(frozen=True)
class Larger:
    """A model of somebody else's, at one commit of one repository on the Hub.

    name         : what it is called in options and commands; its code is the module of this name
    role         : what it does: ``separator``, ``ear`` or ``look for``
    numbers      : the safetensors file in the repository, of this `sha256` and `size` in bytes
    beside       : the small files that it needs besides
    architecture : the one class that it may be of, as its own files name it
    better       : what it is better at than what is bundled, and what it is not, a sentence
    pace         : seconds that it works for a second of a clip, at REFERENCE_GFLOPS
    packages     : what has to be installed for it
    """

    name: str
    title: str
    role: str
    repository: str
    revision: str
    numbers: str
    sha256: str
    size: int
    beside: tuple[str, ...]
    architecture: str
    licence: str
    better: str
    pace: float
    packages: tuple[str, ...]

    @property
    def megabytes(self) -> int:
        return round(self.size / MB)


_ALL = (
    Larger(
        name="htdemucs",
        title="HTDemucs",
        role="separator",
        repository="adefossez/HTDemucs",
        revision="bf35a81b663819a8255c8fefee17f9d812b786b5",
        numbers="955717e8.safetensors",
        sha256="d9fa14133cfcc034a6758923bb3a8ca9f8dfd0b582134643bbf83f72c17576dd",
        size=84_025_440,
        beside=(),
        architecture="demucs.htdemucs.HTDemucs",
        licence="MIT at this commit; its author has since taken that word back and had said: for research",
        better="Drums, bass and voice of pop and rock. It knows no other instrument: all of them are the rest.",
        pace=1.4,
        packages=("demucs",),
    ),
    Larger(
        name="ast",
        title="AST",
        role="ear",
        repository="MIT/ast-finetuned-audioset-10-10-0.4593",
        revision="f826b80d28226b62986cc218e5cec390b1096902",
        numbers="model.safetensors",
        sha256="ae0c1e2ad4e1381d851fa9bf298ba13ebc9c5a914cdee2dbe427a6583869924d",
        size=346_404_948,
        beside=("config.json", "preprocessor_config.json"),
        architecture="ASTForAudioClassification",
        licence="BSD-3-Clause",
        better="Learnt from two million clips with all their noise. It hears ten seconds at once, so that it tells "
        "less well when; seven instruments it has no word for, and MILO’s ear names them.",
        pace=0.45,
        packages=("transformers",),
    ),
    Larger(
        name="owlv2",
        title="OWLv2",
        role="look for",
        repository="google/owlv2-base-patch16-ensemble",
        revision="cfd3195ba4ea9592eec887ded089f4c08eff231d",
        numbers="model.safetensors",
        sha256="e1e130b9e404cf91a75ad45644c1da9d7fa5284085eecc864266a6923efb99e7",
        size=619_918_824,
        beside=(
            *("config.json", "preprocessor_config.json", "tokenizer_config.json", "special_tokens_map.json"),
            *("added_tokens.json", "vocab.json", "merges.txt"),
        ),
        architecture="Owlv2ForObjectDetection",
        licence="Apache-2.0",
        better="Boxes around anything that has a word, in one picture every two seconds.",
        pace=5.2,
        packages=("transformers",),
    ),
)
MODELS: dict[str, Larger] = {model.name: model for model in _ALL}
"""Name -> model."""
BUNDLED: Mapping[str, str] = {
    "separator": "MILO’s own: a track for each instrument, by the notes that it plays",
    "ear": "MILO’s own: 25 instruments and the voice, twice a second, its scores calibrated",
    "look for": "none: MILO’s own eye knows its 25 instruments",
}
"""Role -> what does it if no larger model is chosen."""
