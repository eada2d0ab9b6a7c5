"""The taxonomy: 25 instruments and the voice, shared by eye and ear.

Every model, event, box and colour in the project speaks of these labels and no others. The order of `LABELS` is the
order of every `label` axis (`K`) in arrays and checkpoints, so it may only ever be appended to.

Families are those of Hornbostel and Sachs as musicians speak of them; two kinds join some of them: strings and winds.

Colours: one hue per family or kind, after Okabe and Ito's palette for the colour-blind (2008), a lightness per
instrument.
Because no palette tells 26 things apart, every instrument also has a two-letter `sign` that is printed beside it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Instrument:
    """One label of the taxonomy.

    name   : identifier, in files and arrays, such as ``french_horn``
    family : what it is if one does not know it better: one of FAMILIES
    colour : ``#rrggbb``, the same wherever the instrument appears
    sign   : two letters that tell it apart where colour cannot
    """

    name: str
    family: str
    colour: str
    sign: str

    @property
    def title(self) -> str:
        """The name as people write it: ``French horn``."""
        return {"french_horn": "French horn"}.get(self.name, self.name.replace("_", " "))

    @property
    def ink(self) -> str:
        """What can be read on its colour: black or white, of which one stands out from any by 4.5 (WCAG 2.2)."""
        channels = (int(self.colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = (it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in channels)
        luminance = sum(share * it for share, it in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
        return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"


FAMILIES: tuple[str, ...] = (
    "bowed string", "plucked string", "flute", "reed", "brass", "keyboard", "percussion", "free reed", "voice",
    "string", "wind",
)  # fmt: skip
"""Of what an instrument may be where its name is not sure, in the order of every `family` axis; the last two are the
kinds that join others."""

KIND_OF: dict[str, str] = {
    "bowed string": "string", "plucked string": "string", "flute": "wind", "reed": "wind", "brass": "wind",
    "free reed": "wind",
}  # fmt: skip
"""Family -> the kind that it belongs to."""

INSTRUMENTS: tuple[Instrument, ...] = (
    Instrument("accordion", "free reed", "#B8569A", "Ac"),
    Instrument("bagpipe", "reed", "#00664B", "Bp"),
    Instrument("banjo", "plucked string", "#F5C26B", "Bj"),
    Instrument("bassoon", "reed", "#00805E", "Bs"),
    Instrument("cello", "bowed string", "#B34700", "Vc"),
    Instrument("clarinet", "reed", "#1FB58B", "Cl"),
    Instrument("congas", "percussion", "#6FA8FF", "Cg"),
    Instrument("drum", "percussion", "#3A6FE0", "Dr"),
    Instrument("electric_bass", "plucked string", "#8A5A00", "EB"),
    Instrument("erhu", "bowed string", "#F28E4B", "Er"),
    Instrument("flute", "flute", "#6FD6B8", "Fl"),
    Instrument("french_horn", "brass", "#C9BC1F", "Hn"),
    Instrument("guitar", "plucked string", "#E69F00", "Gt"),
    Instrument("guzheng", "plucked string", "#C98B2B", "Gz"),
    Instrument("harp", "plucked string", "#FFD98F", "Hp"),
    Instrument("piano", "keyboard", "#CC79A7", "Pn"),
    Instrument("pipa", "plucked string", "#B0771A", "Pp"),
    Instrument("recorder", "flute", "#8FE3C8", "Rc"),
    Instrument("saxophone", "reed", "#009E73", "Sx"),
    Instrument("trombone", "brass", "#B3A600", "Tb"),
    Instrument("trumpet", "brass", "#F0E442", "Tp"),
    Instrument("tuba", "brass", "#8F8500", "Tu"),
    Instrument("ukulele", "plucked string", "#FFB733", "Uk"),
    Instrument("violin", "bowed string", "#D55E00", "Vn"),
    Instrument("xylophone", "percussion", "#9CC4FF", "Xy"),
    Instrument("voice", "voice", "#56B4E9", "Vo"),
)

LABELS: tuple[str, ...] = tuple(instrument.name for instrument in INSTRUMENTS)
"""The names in the order of every label axis: 26, the voice last."""

RESIDUAL = "residual"
"""Of separated tracks, the one that is none's: what is left of the sound. No label of models, events or boxes."""

BY_NAME: dict[str, Instrument] = {instrument.name: instrument for instrument in INSTRUMENTS}

LOOK_ALIKES = (
    frozenset({"guitar", "ukulele", "electric_bass", "banjo", "pipa"}),
    frozenset({"violin", "cello", "erhu"}),
    frozenset({"flute", "recorder", "clarinet"}),
    frozenset({"trumpet", "trombone", "french_horn", "tuba"}),
)
"""Labels of which a picture tells one from the other less well than a recording does."""

ALIASES: dict[str, dict[str, str]] = {
    # Class names of data sets that the recipes read, where they differ from ours. A class that is neither a label nor
    # listed here is outside the taxonomy (oboe, viola, mandolin …) and must not be taken for something else.
    "general_midi": {  # program number as three digits; 128 is the drum kit
        "000": "piano", "012": "xylophone", "013": "xylophone", "021": "accordion", "024": "guitar", "025": "guitar",
        "033": "electric_bass", "034": "electric_bass", "040": "violin", "042": "cello", "046": "harp",
        "052": "voice", "053": "voice", "056": "trumpet", "057": "trombone", "058": "tuba", "060": "french_horn",
        "064": "saxophone", "065": "saxophone", "066": "saxophone", "070": "bassoon", "071": "clarinet",
        "073": "flute", "074": "recorder", "105": "banjo", "106": "pipa", "107": "guzheng", "109": "bagpipe",
        "110": "erhu", "128": "drum",
    },
    "phrases": {  # French and English names of solo recordings
        "accordeon": "accordion", "acoustic_guitar": "guitar", "alto_saxophone": "saxophone",
        "bass_guitar": "electric_bass", "basse_elec": "electric_bass", "basson": "bassoon", "batterie": "drum",
        "batterie_jazz": "drum", "bongos": "congas", "chant": "voice", "chant_jazz": "voice",
        "clarinette": "clarinet", "classical_guitar": "guitar", "cor": "french_horn", "darbuka": "congas",
        "djembe": "congas", "drums": "drum", "electric_guitar": "guitar", "flute_bec": "recorder",
        "flute_trav": "flute", "flute_trav_jazz": "flute", "guitare": "guitar", "guitare_elec": "guitar",
        "harpe": "harp", "marimba": "xylophone", "piano_jazz": "piano", "saxophone_jazz": "saxophone",
        "trombone_coulisse": "trombone", "trompette": "trumpet", "trompette_jazz": "trumpet", "violon": "violin",
        "violon_jazz": "violin", "violoncelle": "cello", "x_guzheng": "guzheng", "x_pipa": "pipa",
    },
    "fsd": {
        "acoustic_guitar": "guitar", "bass_drum": "drum", "hi_hat": "drum", "snare_drum": "drum",
        "violin_or_fiddle": "violin",
    },
    "tags": {  # MagnaTagATune; horn and bass may be any, and stay outside
        "acoustic guitar": "guitar", "bongos": "congas", "classical guitar": "guitar", "drums": "drum",
        "electric guitar": "guitar", "fiddle": "violin", "flutes": "flute", "guitars": "guitar",
        "piano solo": "piano", "sax": "saxophone", "violins": "violin",
    },
    "photos": {  # class folders of the photo collections
        "bongo": "congas", "bongos": "congas", "djembe": "congas", "darbuka": "congas", "grand_piano": "piano",
        "marimba": "xylophone", "alto_saxophone": "saxophone", "acoustic_guitar": "guitar",
        "classical_guitar": "guitar", "electric_guitar": "guitar", "bass_guitar": "electric_bass",
        "drum_set": "drum", "steel_drum": "drum",
    },
    "audioset": {  # Gemmeke et al. 2017; zither and mallet percussion may be any, and stay outside
        "Accordion": "accordion", "Acoustic guitar": "guitar", "Bagpipes": "bagpipe", "Banjo": "banjo",
        "Bass drum": "drum", "Bass guitar": "electric_bass", "Cello": "cello", "Child singing": "voice",
        "Choir": "voice", "Clarinet": "clarinet", "Cymbal": "drum", "Drum": "drum", "Drum kit": "drum",
        "Drum machine": "drum", "Drum roll": "drum", "Electric guitar": "guitar", "Female singing": "voice",
        "Flute": "flute", "French horn": "french_horn", "Guitar": "guitar", "Harp": "harp", "Hi-hat": "drum",
        "Male singing": "voice", "Marimba, xylophone": "xylophone", "Piano": "piano", "Saxophone": "saxophone",
        "Singing": "voice", "Snare drum": "drum", "Steel guitar, slide guitar": "guitar", "Trombone": "trombone",
        "Trumpet": "trumpet", "Ukulele": "ukulele", "Violin, fiddle": "violin",
    },
    "imagenet": {  # ILSVRC 2012 class names
        "acoustic guitar": "guitar", "electric guitar": "guitar", "cornet": "trumpet", "drum": "drum",
        "drumstick": "drum", "French horn": "french_horn", "gong": "drum", "grand piano": "piano", "upright": "piano",
        "marimba": "xylophone", "sax": "saxophone", "steel drum": "drum",
    },
}  # fmt: skip


def label_of(name: str, data_set: str) -> str | None:
    """Our label for the class `name` of a data set, or None where the taxonomy has none."""
    label = ALIASES[data_set].get(name, name)
    return label if label in BY_NAME else None
