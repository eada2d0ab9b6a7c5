"""Colours that stand out of what is behind them, on a light page and on a dark one.

Ratios are contrasts as WCAG 2 defines them: 4.5 is asked of text, 3 of parts of graphics.
"""

from collections.abc import Iterator

GROUNDS = {"light": "#f1f5f9", "dark": "#111827"}
"""Behind strips and waveforms, by the page's mood."""
FARTHEST = {"light": "#000000", "dark": "#ffffff"}
STEP = 0.02
READABLE = 4.5


def standing_out(colour: str, mood: str, ratio: float) -> str:
    """The colour, made darker on a light page or lighter on a dark one until it stands out of the ground by `ratio`.

    >>> standing_out("#F0E442", "dark", 4.5)
    '#F0E442'
    """
    share, found = 0.0, colour
    while contrast(found, GROUNDS[mood]) < ratio:
        share += STEP
        found = mixed(colour, FARTHEST[mood], share)
    return found


def style(colour: str, ink: str) -> str:
    """An instrument's colours for the style sheet: what is filled with it and written on it, and what is drawn on the
    page itself, light or dark, where it has to stand out."""
    drawn = "; ".join(f"--on-{mood}: {standing_out(colour, mood, READABLE)}" for mood in GROUNDS)
    return f"--hue: {colour}; --ink: {ink}; {drawn}"


def contrast(first: str, second: str) -> float:
    """The contrast of two colours ``#rrggbb``, from 1, none, to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    dark, bright = sorted((_luminance(first), _luminance(second)))
    return (bright + 0.05) / (dark + 0.05)


def mixed(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from the first to the second.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    return "#" + "".join(
        f"{round(a + (b - a) * share):02x}" for a, b in zip(_channels(first), _channels(second), strict=True)
    )


def _luminance(colour: str) -> float:
    linear = (
        it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in (c / 255 for c in _channels(colour))
    )
    return sum(share * it for share, it in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _channels(colour: str) -> Iterator[int]:
    return (int(colour[i : i + 2], 16) for i in (1, 3, 5))
