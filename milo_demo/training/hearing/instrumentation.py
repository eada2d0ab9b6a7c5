"""Who plays what in made-up music: ranges and textures of our labels, and what is to be done with all other sounds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from milo_demo.instruments import BY_NAME, FAMILIES, KIND_OF, LABELS
from milo_demo.training.hearing.library import Take

# What each label plays when its part is made up: lowest and highest MIDI pitch, textures of `scores.invent`.
PARTS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "accordion": (53, 89, ("line", "chords", "broken")),
    "bagpipe": (60, 79, ("line",)),
    "banjo": (48, 79, ("broken", "broken", "line", "chords")),
    "bassoon": (34, 72, ("line",)),
    "cello": (36, 76, ("line",)),
    "clarinet": (50, 89, ("line",)),
    "congas": (60, 64, ("beat",)),
    "drum": (35, 59, ("beat",)),
    "electric_bass": (28, 55, ("line",)),
    "flute": (60, 96, ("line",)),
    "french_horn": (41, 77, ("line",)),
    "guitar": (40, 79, ("line", "chords", "broken")),
    "guzheng": (43, 86, ("line", "broken")),
    "harp": (31, 96, ("broken", "chords", "line")),
    "piano": (28, 98, ("line", "chords", "broken")),
    "pipa": (45, 86, ("line", "broken")),
    "recorder": (67, 93, ("line",)),
    "saxophone": (44, 84, ("line",)),
    "trombone": (40, 72, ("line",)),
    "trumpet": (54, 84, ("line",)),
    "tuba": (28, 58, ("line",)),
    "ukulele": (60, 84, ("chords", "chords", "broken", "line")),
    "violin": (55, 96, ("line",)),
    "xylophone": (60, 98, ("line", "broken")),
    "voice": (48, 79, ("line", "chords")),
}
OTHER_PART = (40, 84, ("line", "chords", "broken"))

# Programs beyond the taxonomy's own table that are an instrument of ours all the same (full fonts only), and program
# 110, a fiddle: its samples are violins in every sound font, so it says nothing about the erhu.
MORE_PROGRAMS = {
    1: "piano", 23: "accordion", 26: "guitar", 27: "guitar", 28: "guitar", 29: "guitar", 30: "guitar",
    35: "electric_bass", 36: "electric_bass", 37: "electric_bass", 59: "trumpet", 67: "saxophone", 110: "violin",
}  # fmt: skip
# Instruments outside the taxonomy, with the labels that may be said of them all the same: nothing is claimed about
# those. What merely sounds alike, a mandolin like a guitar, is not that label, and is learnt as such.
OTHER_PROGRAMS: dict[int, tuple[str, ...]] = {
    4: ("piano",), 5: ("piano",), 6: ("piano",), 7: ("piano",), 8: (), 9: ("xylophone",), 10: (), 11: ("xylophone",),
    14: (), 15: (), 16: (), 18: (), 19: (), 20: (), 22: (), 32: ("electric_bass",), 38: ("electric_bass",), 41: (),
    43: (), 45: ("violin", "cello"), 47: ("drum",), 48: ("violin", "cello"), 50: (), 54: ("voice",),
    61: ("trumpet", "trombone", "french_horn", "tuba", "saxophone"), 62: (), 68: (), 69: (), 72: ("flute",), 75: (),
    76: (), 77: (), 78: (), 79: (), 80: (), 81: (), 88: (), 89: (), 90: (), 95: (), 104: (), 108: (), 111: (),
    114: ("drum",), 115: (), 116: ("drum", "congas"), 117: ("drum", "congas"), 118: ("drum",), 122: (), 125: (),
}  # fmt: skip
OTHER_RECORDINGS: dict[str, tuple[str, ...]] = {
    "balalaika": (), "cajon": ("drum", "congas"), "cymbals": ("drum",), "dizi_suona_hulusi": ("flute", "recorder"),
    "double_bass": (), "duduk": (), "gong": ("drum",), "harmonica": (), "mandolin": (), "melodica": (), "oboe": (),
    "other_flutes": ("flute", "recorder"), "oud": (), "piccolo": ("flute",), "pipe_organ": (), "shofar": (),
    "sitar": (), "synthesizer": (), "tambourine": ("drum", "congas"), "timpani": ("drum",), "triangle": ("drum",),
    "viola": (), "x_birds": (), "x_cicada": (), "x_guqin": (), "x_stream": (),
}  # fmt: skip

# What family those are of, by program of the sound fonts and by name of the recordings; of the others nobody can say.
OTHER_FAMILIES: dict[int | str, str] = {
    **dict.fromkeys((4, 5, 6, 7, 16, 18, 19, 20), "keyboard"),
    **dict.fromkeys((9, 11, 14, 47, 114, 115, 116, 117, 118), "percussion"),
    **dict.fromkeys((32, 104), "plucked string"),
    **dict.fromkeys((41, 43, 48), "bowed string"),
    **dict.fromkeys((68, 69, 111), "reed"),
    **dict.fromkeys((72, 75, 77, 78, 79), "flute"),
    22: "free reed", 61: "brass",
    **dict.fromkeys(("balalaika", "mandolin", "oud", "sitar", "x_guqin"), "plucked string"),
    **dict.fromkeys(("cajon", "cymbals", "gong", "tambourine", "timpani", "triangle"), "percussion"),
    **dict.fromkeys(("duduk", "oboe"), "reed"),
    **dict.fromkeys(("other_flutes", "piccolo"), "flute"),
    **dict.fromkeys(("harmonica", "melodica"), "free reed"),
    "pipe_organ": "keyboard", "shofar": "brass", "viola": "bowed string",
}  # fmt: skip


def families_of(label: str | None, source: str) -> set[str] | None:
    """The families of what plays, from the widest to the narrowest; None where nobody can say.

    label  : ours, or None
    source : of a take without a label: collection and program or name
    """
    name = source.rpartition("/")[2]
    family = BY_NAME[label].family if label else OTHER_FAMILIES.get(int(name) if name.isdecimal() else name)
    if family is None:
        return None
    return {family, KIND_OF[family]} if family in KIND_OF else {family}


def claimed(players: Sequence[Take], families: bool = False) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What each take certainly plays, and about what it says nothing: (take, label), twice; with `families` (take,
    label + family)."""
    plays = [[take.label == label for label in LABELS] for take in players]
    unknown = [[label in take.unknown for label in LABELS] for take in players]
    for take, played, doubtful in zip(players, plays, unknown, strict=True):
        if families:
            known = set() if take.kind == "negative" else families_of(take.label, take.source)
            played += [family in (known or ()) for family in FAMILIES]
            doubtful += [known is None] * len(FAMILIES)
    return np.array(plays), np.array(unknown)
