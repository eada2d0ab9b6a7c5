"""What lies outside the taxonomy and is named all the same: instruments that are none of ours, and everyday sounds.

To the ear the names stand for words of its wider vocabulary (AudioSet's; Gemmeke et al. 2017), to the eye for rows of
its map (ImageNet's, and some of its own), the surest of which counts. They are said on the page and in the record, but
have no boxes, heatmaps or tracks.
"""

OUTSIDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "double bass": ("bowed string", ("Double bass",)),
    "mandolin": ("plucked string", ("Mandolin",)),
    "sitar": ("plucked string", ("Sitar",)),
    "harpsichord": ("keyboard", ("Harpsichord",)),
    "organ": ("keyboard", ("Organ", "Electronic organ", "Hammond organ")),
    "electric piano": ("keyboard", ("Electric piano",)),
    "synthesizer": ("keyboard", ("Synthesizer",)),
    "harmonica": ("free reed", ("Harmonica",)),
    "timpani": ("percussion", ("Timpani",)),
    "tabla": ("percussion", ("Tabla",)),
    "tambourine": ("percussion", ("Tambourine",)),
    "gong": ("percussion", ("Gong",)),
    "vibraphone": ("percussion", ("Vibraphone",)),
    "glockenspiel": ("percussion", ("Glockenspiel",)),
    "steelpan": ("percussion", ("Steelpan",)),
    "bell": ("percussion", ("Bell", "Church bell", "Tubular bells")),
    "singing bowl": ("percussion", ("Singing bowl",)),
    "didgeridoo": ("wind", ("Didgeridoo",)),
    "theremin": ("keyboard", ("Theremin",)),
}
"""Name -> family (of `instruments.FAMILIES`) and words."""

LOOKS: dict[str, tuple[str, ...]] = {
    "double bass": ("double_bass",),
    "viola": ("viola",),
    "mandolin": ("mandolin",),
    "sitar": ("sitar", "veena"),
    "lute": ("lute",),
    "dulcimer": ("dulcimer",),
    "harpsichord": ("harpsichord", "clavichord"),
    "organ": ("organ",),
    "harmonica": ("harmonica",),
    "concertina": ("concertina",),
    "oboe": ("oboe",),
    "ocarina": ("ocarina",),
    "panpipe": ("panpipe",),
    "didgeridoo": ("didgeridoo",),
    "alphorn": ("alphorn",),
    "euphonium": ("euphonium",),
    "tambourine": ("tambourine",),
    "maraca": ("maraca", "casaba"),
    "castanets": ("castanets",),
    "guiro": ("guiro",),
    "chime": ("chime",),
}
"""Name -> what the rows of the object map that mean it are called in its card."""

EVERYDAY: dict[str, tuple[str, ...]] = {
    "speech": ("Speech", "Child speech, kid speaking", "Conversation", "Narration, monologue"),
    "whispering": ("Whispering",),
    "laughter": ("Laughter", "Baby laughter", "Giggle", "Belly laugh", "Chuckle, chortle"),
    "applause": ("Applause", "Clapping"),
    "crowd": ("Cheering", "Crowd", "Chatter", "Hubbub, speech noise, speech babble", "Children playing"),
    "shouting": ("Shout", "Yell", "Screaming", "Children shouting"),
    "crying": ("Crying, sobbing", "Baby cry, infant cry"),
    "coughing": ("Cough", "Throat clearing", "Sneeze"),
    "footsteps": ("Walk, footsteps", "Run"),
    "dog": ("Dog", "Bark"),
    "cat": ("Cat", "Meow"),
    "rooster": ("Chicken, rooster", "Crowing, cock-a-doodle-doo"),
    "birds": ("Bird", "Bird vocalization, bird call, bird song", "Chirp, tweet"),
    "insects": ("Insect", "Cricket", "Bee, wasp, etc."),
    "rain": ("Rain", "Raindrop", "Rain on surface"),
    "thunder": ("Thunderstorm", "Thunder"),
    "wind": ("Wind", "Wind noise (microphone)"),
    "water": ("Stream", "Waterfall", "Ocean", "Waves, surf", "Water tap, faucet", "Pour", "Splash, splatter"),
    "fire": ("Fire", "Crackle"),
    "traffic": ("Car", "Car passing by", "Traffic noise, roadway noise", "Truck", "Bus", "Motorcycle"),
    "train": ("Train", "Rail transport", "Subway, metro, underground"),
    "aircraft": ("Aircraft", "Helicopter", "Fixed-wing aircraft, airplane"),
    "engine": ("Engine", "Idling", "Medium engine (mid frequency)", "Heavy engine (low frequency)"),
    "power tool": ("Power tool", "Drill", "Chainsaw", "Sawing", "Lawn mower"),
    "household machine": ("Vacuum cleaner", "Blender", "Hair dryer", "Mechanical fan", "Air conditioning"),
    "clock": ("Clock", "Tick", "Tick-tock"),
    "telephone": ("Telephone", "Ringtone", "Telephone bell ringing"),
    "alarm or siren": ("Alarm", "Siren", "Smoke detector, smoke alarm", "Car alarm"),
    "door": ("Door", "Knock", "Slam"),
    "typing": ("Typing", "Computer keyboard", "Typewriter"),
}
"""Name -> words."""

OTHERS: dict[str, tuple[str, ...]] = {name: words for name, (_, words) in OUTSIDERS.items()} | EVERYDAY
"""All of them, in the order of every `other` axis."""
