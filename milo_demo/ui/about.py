"""How it works and what it cannot know, told from the model cards."""

import base64
from pathlib import Path

from milo_demo import pipeline
from milo_demo.instruments import INSTRUMENTS, LABELS
from milo_demo.pipeline import Card

INTRODUCTION = """
MILO listens and looks, each with networks of its own, and then puts the two together.

- **Heard.** The sound is cut into half-second steps; at each one two networks say how likely each of 25 instruments and
  the voice is, and the mean of the two counts. They were taught with mixtures put together from real recordings and
  sound fonts, in which it is known what sounds when: one from nothing, one from a network that knew all kinds of
  sounds. What may be a voice is also taken out of the sound and listened to alone; and where several families play, a
  name that is often said by mistake in such company needs more to be said, one that hardly ever is needs less.
- **Seen.** Another network looks at two frames a second and says, for every place in the picture, what instrument is
  there. It was taught with photos that carry only a name, and found out by itself where in the photo it is. What draws
  the boxes was taught with made scenes: instruments cut out of photos and put into everyday pictures.
- **All round.** A 360° video is looked at in all directions, one after another, and so can you in the player: drag it,
  or follow the arrows at its rim.
- **Played.** Hands and mouths are looked for; the one at an instrument that is seen and heard, where the picture
  changes as it does when somebody plays, says who plays and where the instrument is touched.
- **Moved.** A network that sees nothing but how the picture moves says where something moves as if it played. It was
  taught on a made stage, on which ear and eye say what is played; below is what it has learned to look for.
- **Tags.** One more says at each step how well each of 188 tags of a listening game describes the music: genres,
  instruments, voices, tempo words. Synonyms and "no …" tags are the players' own.
- **Tempo.** What repeats, and when, in the low, the middle and the high sounds says how fast it is; where no beat is
  clear, nothing is said. Half and double time can be mistaken for each other: where both are likely, both are said.
- **Separated.** Which notes there are, and whose each is, says which part of the sound is whose: a track for every
  instrument that is heard, and one for everything else; together they are the clip. How clean a track is, is itself a
  guess: *clear* from 10 dB on, *mostly leak* under 3.
- **Together.** What both notice counts more; what only one notices is still said, with the sense that noticed it.

All scores share one scale: 50 % is the point from which a network's word for a label is taken, so 50 % and more counts
as *there*, less is shown pale. The threshold under the player changes what is drawn and said, not what was found.

What you upload goes to the machine that runs this page, which need not be yours even where the address says so (a
tunnel may lead elsewhere); from there it goes nowhere, and it is deleted after some hours. Until then, whoever is given
the page's address as it stands with a result can see that result.
"""

LIMITS = """
**What it cannot know.** It names nothing but the instruments below: an oboe will be taken for a relative or for
nothing. An instrument that lies in the picture unplayed is *seen*, and one that plays outside the picture is *heard*.
*Played* needs both, and something that moves at a hand; a player whose hands are hidden may be missed. What there were
no photos to learn from, it can only hear.
"""


MOVEMENTS = Path(__file__).parents[2] / "assets" / "movements.svg"
COVERING = ("sound", "object", "boxes")
"""The roles that decide which sense knows which instrument."""
EAR = {"sound": "The sound model", "spectrogram": "The spectrogram classifier", "tags": "The tag model"}


def text() -> str:
    """Markdown for the page: how it works, the limits, which sense knows which instrument, and the ear's cards."""
    cards = pipeline.cards()
    table = ""
    if all(role in cards for role in COVERING):  # else they come from the Hub, with the first analysis
        table = coverage(*(set(cards[role][0].labels) for role in COVERING))
    ear = [(words, *cards[role]) for role, words in EAR.items() if role in cards]
    models = (f"\n**{words}** ({origin}) is {_told(card)}" for words, card, origin in ear)
    return INTRODUCTION + LIMITS + table + "".join(models)


def movements() -> str:
    """HTML for the page: the picture of what the action model has learned, which `evaluate playing` draws."""
    drawn = base64.b64encode(MOVEMENTS.read_bytes()).decode()
    return (
        f'<figure><img alt="Of each instrument five paths, below them all" src="data:image/svg+xml;base64,{drawn}">'
        "<figcaption>Each path is what one filter of the network's first layer answers to: half a second of movement, "
        "from the dot on. Of each instrument the five that tell it best from others, on a made stage.</figcaption>"
        "</figure>"
    )


def coverage(heard: set[str], mapped: set[str], boxed: set[str]) -> str:
    """A table of the labels that the ear knows, and the eye by its maps and by its boxes."""
    seen = mapped | boxed
    groups = {
        "By ear, and by eye from photos, with boxes": heard & boxed,
        "By ear, and by eye from the teacher network alone: a map, and around it a rough box": heard & mapped - boxed,
        "By ear only: there were no photos": heard - seen,
        "By eye only: there were no sounds": seen - heard,
        "Not yet, for want of sounds and photos to learn it from": set(LABELS) - heard - seen,
    }
    rows = (
        f"| {words} | {', '.join(item.title for item in INSTRUMENTS if item.name in names)} |"
        for words, names in groups.items()
        if names
    )
    return "\n| Known | Instruments |\n|---|---|\n" + "\n".join(rows) + "\n"


def _told(card: Card) -> str:
    measured = (
        f"*{part}:* " + ", ".join(f"{what} {value:.4g}" for what, value in figures.items())
        for part, figures in card.measured.items()
    )
    parts = {
        "Started from": card.notes.get("started_from", ""),
        "Taught with": "; ".join(card.training_data),
        "Licence": card.licence,
        "Measured": "; ".join(measured),
        "Known failures": "; ".join(card.known_failures),
    }
    lines = (f"- **{words}:** {said}" for words, said in parts.items() if said)
    return f"{card.name} {card.version}.\n\n" + "\n".join(lines) + "\n"
