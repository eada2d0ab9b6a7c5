"""The line that says where things stand: ready, working on what, or what went wrong and what to do."""

import math
from html import escape

STAGES: dict[str, tuple[str, float, float]] = {
    # stage: (what it is in plain words, where on the bar it begins, where it ends), after the time each takes
    "read": ("reading the file", 0.0, 0.02),
    "normalise": ("preparing the picture", 0.02, 0.2),
    "hear": ("listening", 0.2, 0.4),
    "see": ("looking for instruments", 0.4, 0.78),
    "play": ("telling who plays", 0.78, 0.8),
    "look": ("looking for your words", 0.8, 0.8),
    "separate": ("separating the instruments", 0.8, 0.97),
    "write": ("writing the result", 0.97, 1.0),
}


def ready(message: str) -> str:
    return f'<p class="milo-status" role="status">{escape(message)}</p>'


FINE_S = 20
"""From here on the time that is left is told in steps of five seconds."""


def filled(stage: str, fraction: float, only: str | None = None) -> float:
    """How much of a run is done, 0-1, when so much of a stage is.

    only : the stage with which the run begins, what it reads before apart
    """
    _, begin, end = STAGES[stage]
    before = STAGES[only][1] if only else 0.0
    return max(0.0, begin + (end - begin) * fraction - before) / (1 - before)


def working(
    stage: str, fraction: float, left_s: float | None = None, loading: bool = False, only: str | None = None
) -> str:
    """A stage of the analysis and how much of it is done, 0-1, on one bar for all stages; how long it will take, where
    that is known; and that it waits for the networks to be loaded.

    only : as in `filled`
    """
    if loading:
        return bar("loading models", None, filled(stage, fraction, only))
    return bar(STAGES[stage][0], fraction, filled(stage, fraction, only), left_s)


def waiting(ahead: int, left_s: float | None) -> str:
    """How many are before one in the queue, and in how long it may be one's turn."""
    place = "you are next" if ahead == 0 else f"{ahead} before you"
    return bar(f"waiting for a free place, {place}", None, 0.0, left_s)


def bar(words: str, fraction: float | None, filled: float | None = None, left_s: float | None = None) -> str:
    """A progress bar: what is being done, how much of it (None where it is not known), how far the bar is filled, where
    that is something else, and how many seconds are left."""
    text = f"{words} …" if fraction is None else f"{words} … {fraction * 100:.0f}\u202f%"
    text += "" if left_s is None else f" · {_left(left_s)}"
    filled = (fraction or 0.0) if filled is None else filled
    return (
        f'<div class="milo-status"><div class="milo-progress" role="progressbar" aria-label="Progress"'
        f' aria-valuemin="0" aria-valuemax="100" aria-valuenow="{filled * 100:.0f}" aria-valuetext="{escape(text)}">'
        f'<i style="width: {filled:.1%}"></i></div><p>{escape(text)}</p>'
        f'<p class="milo-unseen" role="status">{escape(words)}</p></div>'
    )


def _left(left_s: float) -> str:
    """
    >>> _left(3.2), _left(47), _left(200)
    ('about 4 s left', 'about 50 s left', 'about 4 min left')
    """
    if left_s > 90:
        return f"about {math.ceil(left_s / 60)} min left"
    step = 1 if left_s < FINE_S else 5
    return f"about {max(1, math.ceil(left_s / step) * step)} s left"


def answer(sentence: str) -> str:
    """The verdict in words, the first thing to read."""
    return f'<p class="milo-answer" role="status">{escape(sentence)}</p>'


def failed(sentence: str, advice: str = "Your file is still here.") -> str:
    advised = f"<span>{escape(advice)}</span>" if advice else ""
    return f'<div class="milo-alert" role="alert"><strong>{escape(sentence)}</strong>{advised}</div>'
