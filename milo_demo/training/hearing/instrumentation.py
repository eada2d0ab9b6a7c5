"""Who plays what in made-up music: ranges and textures of our labels, and what is to be done with all other sounds."""

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
# Instruments outside the taxonomy, with the labels that they resemble so much that nothing is claimed about those.
OTHER_PROGRAMS: dict[int, tuple[str, ...]] = {
    4: ("piano",), 5: ("piano",), 6: ("piano", "harp", "guitar"), 7: ("piano",), 8: ("xylophone",), 9: ("xylophone",),
    10: ("xylophone", "harp"), 11: ("xylophone",), 14: (), 15: ("xylophone", "guzheng", "harp"), 16: ("accordion",),
    18: ("accordion",), 19: ("accordion",), 20: ("accordion",), 22: ("accordion",), 32: ("electric_bass", "cello"),
    38: ("electric_bass",), 41: ("violin", "cello", "erhu"), 43: ("cello", "electric_bass"),
    45: ("violin", "cello", "harp", "guitar"), 47: ("drum", "congas"), 48: ("violin", "cello"), 50: (),
    54: ("voice",), 61: ("trumpet", "trombone", "french_horn", "tuba", "saxophone"), 62: ("trumpet", "trombone"),
    68: ("bassoon", "clarinet"), 69: ("bassoon", "clarinet"), 72: ("flute", "recorder"), 75: ("flute", "recorder"),
    76: ("flute", "recorder"), 77: ("flute", "recorder"), 78: ("flute", "recorder"), 79: ("flute", "recorder"),
    80: (), 81: (), 88: (), 89: (), 90: (), 95: (), 104: ("pipa", "guzheng", "banjo"), 108: ("xylophone", "harp"),
    111: ("bagpipe",), 114: ("xylophone",), 115: ("xylophone", "congas"), 116: ("drum", "congas"),
    117: ("drum", "congas"), 118: ("drum",), 122: (), 125: (),
}  # fmt: skip
OTHER_RECORDINGS: dict[str, tuple[str, ...]] = {
    "balalaika": ("guitar", "ukulele", "banjo", "pipa"), "cymbals": ("drum",),
    "double_bass": ("cello", "electric_bass"), "gong": ("drum",),
    "harmonica": ("accordion",), "mandolin": ("guitar", "ukulele", "banjo", "pipa"),
    "melodica": ("accordion",), "oboe": ("bassoon", "clarinet"), "oud": ("guitar", "pipa", "ukulele"),
    "piccolo": ("flute", "recorder"), "pipe_organ": ("accordion",), "shofar": ("french_horn", "trombone", "trumpet"),
    "sitar": ("guitar", "pipa", "guzheng", "banjo"), "synthesizer": ("piano",), "tambourine": ("drum", "congas"),
    "timpani": ("drum", "congas"), "triangle": ("drum",), "x_birds": (), "x_cicada": (), "x_stream": (),
    "x_guqin": ("guzheng", "pipa", "guitar", "harp"),
}  # fmt: skip
