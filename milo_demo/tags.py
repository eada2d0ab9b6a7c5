"""The 188 tags of MagnaTagATune in the order of the tag model's outputs, and the group each is shown in.

The names are those that players of a listening game gave (Law et al. 2009; Liu 2018, section 3.2): synonyms, spelling
mistakes and "no ..." tags stay as they are. Four groups are those of Liu's web demo (appendix A); what belongs to none
of them, moods and kinds of sound, is "Other".
"""

GROUPS: tuple[str, ...] = ("Genre", "Instrument", "Vocal", "Tempo", "Other")
"""In the order in which they are shown. Vocal holds voices and their absence, Tempo also beats."""

_TABLE = """
guitar I, classical G, slow T, techno G, strings I, drums I, electronic G, rock G, fast T, piano I, ambient G, beat T,
violin I, vocal V, synth I, female V, indian G, opera G, male V, singing V, vocals V, no vocals V, harpsichord I,
loud O, quiet O, flute I, woman V, male vocal V, no vocal V, pop G, soft O, sitar I, solo O, man V, classic G, choir V,
voice V, new age G, dance G, male voice V, female vocal V, beats T, harp I, cello I, no voice V, weird O, country G,
female voice V, metal G, choral V, electro G, drum I, male vocals V, jazz G, violins I, eastern G, female vocals V,
instrumental V, bass I, modern G, no piano I, harpsicord I, string I, jazzy G, baroque G, foreign O, orchestra I,
hard rock G, electric O, trance G, folk G, chorus V, chant V, voices V, classical guitar I, spanish G, heavy O,
upbeat T, no guitar I, acoustic O, male singer V, electric guitar I, electronica G, oriental G, funky G, banjo I,
tribal G, dark O, medieval G, man singing V, organ I, irish G, blues G, no singing V, bells I, percussion I,
no drums I, woman singing V, noise O, spacey O, singer V, middle eastern G, female singer V, chanting V, no flute I,
low O, strange O, wind I, calm O, lute I, heavy metal G, different O, punk G, oboe I, celtic G, flutes I, sax I,
talking V, arabic G, hard O, women V, mellow O, funk G, fast beat T, house G, rap G, not english V, no violin I,
fiddle I, female opera V, india G, water O, guitars I, chimes I, no beat T, male opera V, drone O, trumpet I, duet O,
birds O, industrial G, sad O, plucking I, girl V, silence O, men V, horns I, repetitive O, operatic V, airy O, world G,
eerie O, deep O, hip hop G, space O, keyboard I, light O, not classical G, not opera G, english V, not rock G, horn I,
clapping I, acoustic guitar I, disco G, no strings I, orchestral G, old O, soft rock G, lol O, echo O, jungle G,
no singer V, bongos I, reggae G, monks V, clarinet I, scary O, synthesizer I, female singing V, piano solo I,
no voices V, woodwind I, happy O, viola I, soprano V, quick T, clasical G
"""

GROUP_OF: dict[str, str] = {
    name: next(group for group in GROUPS if group[0] == initial)
    for name, _, initial in (entry.strip().rpartition(" ") for entry in _TABLE.split(","))
}
"""Tag -> group."""

TAGS: tuple[str, ...] = tuple(GROUP_OF)
"""The order of every `tag` axis in arrays and checkpoints."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "beat": ("beats",),
    "chanting": ("chant",),
    "choir": ("choral", "chorus"),
    "classical": ("classic", "clasical"),
    "drums": ("drum",),
    "electronic": ("electro", "electronica"),
    "fast": ("quick", "fast beat"),
    "female voice": (
        "female", "woman", "female vocal", "female vocals", "woman singing", "female singer", "women", "girl",
        "female singing",
    ),
    "flute": ("flutes",),
    "foreign": ("not english",),
    "funk": ("funky",),
    "guitar": ("guitars",),
    "harpsichord": ("harpsicord",),
    "horn": ("horns",),
    "indian": ("india",),
    "jazz": ("jazzy",),
    "male voice": ("male", "man", "male vocal", "male vocals", "male singer", "man singing", "men"),
    "no vocals": ("no vocal", "no voice", "no singing", "no singer", "no voices"),
    "opera": ("operatic",),
    "orchestra": ("orchestral",),
    "piano": ("piano solo",),
    "space": ("spacey",),
    "strings": ("string",),
    "synth": ("synthesizer",),
    "violin": ("violins", "fiddle"),
    "vocals": ("vocal", "singing", "voice", "voices", "singer"),
    "weird": ("strange",),
}  # fmt: skip
"""What people are told instead of several spellings of one thing, and those spellings. Models and files keep all."""

UNTOLD = {"lol"}
"""Tags that tell people nothing."""
