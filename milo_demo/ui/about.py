"""How it works and what it cannot know, told from the model cards."""

from milo_demo.instruments import INSTRUMENTS
from milo_demo.weights import read_card

INTRODUCTION = """
MILO listens and looks, each with a network of its own, and then puts the two together.

- **Heard.** The sound is cut into half-second steps; at each one a network says how likely each of 25 instruments and
  the voice is. It was taught with concerts put together from real recordings and sound fonts, in which it is known
  what sounds when.
- **Seen.** A second network looks at two frames a second and says, for every place in the picture, what instrument is
  there. It was taught with photos that carry only a name, and found out by itself where in the photo it is.
- **Together.** What both notice counts more; what only one notices is still said, with the sense that noticed it.

Scores are probabilities as the networks see them: 50 % and more counts as *there*, less is shown pale. The threshold
under the player changes what is drawn, not what was found.

Nothing you upload leaves the machine that runs this page, and it is deleted after some hours.
"""

LIMITS = """
**What it cannot know.** It names nothing but the instruments below: an oboe will be taken for a relative or for
nothing. It was taught one sense at a time, so an instrument that lies in the picture unplayed is *seen*, and one that
plays outside the picture is *heard*. Boxes are rough: they come from a coarse map, not from drawn outlines.
"""


def text() -> str:
    """Markdown for the page: how it works, the limits, and which sense knows which instrument."""
    try:
        coverage = _coverage(set(read_card("sound")["labels"]), set(read_card("object")["labels"]))
    except FileNotFoundError:  # the checkpoints come from the Hub, with the first analysis
        coverage = ""
    return INTRODUCTION + LIMITS + coverage


def _coverage(by_ear: set[str], by_eye: set[str]) -> str:
    titles = {instrument.name: instrument.title for instrument in INSTRUMENTS}
    groups = {
        "By ear and eye": by_ear & by_eye,
        "By ear only": by_ear - by_eye,
        "By eye only": by_eye - by_ear,
        "Not yet, for want of sounds and photos to learn it from": titles.keys() - by_ear - by_eye,
    }
    lines = (
        f"- **{words}:** {', '.join(titles[name] for name in titles if name in names)}"
        for words, names in groups.items()
        if names
    )
    return "\n" + "\n".join(lines) + "\n"
