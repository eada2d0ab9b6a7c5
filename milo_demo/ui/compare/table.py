"""What the separators made of the part, one under the other: tracks to listen to, and whose every place is.

player/compare/compare.js brings it to life; blind, it hides who is who.
"""

from collections.abc import Sequence
from html import escape

from milo_demo.instruments import BY_NAME
from milo_demo.saved import METHODS, Heard, Take
from milo_demo.ui.colours import style
from milo_demo.ui.player_data import fresh_url
from milo_demo.ui.tracks.rows import REST

CURVE = (300, 60)
"""Size of the drawing of losses."""
MOST_POINTS = 150

SWITCHES = (
    '<p class="milo-switches"><label title="Listen without knowing who is who">'
    '<input type="checkbox" role="switch" data-do="blind"> Blind</label>'
    '<button type="button" data-do="reveal" hidden>Reveal</button>'
    '<span role="status" class="milo-compare-says"></span></p>'
)


def as_html(takes: Sequence[Take], order: Sequence[str]) -> str:
    """A row for each of the methods in `order`, those that have nothing yet waiting."""
    by_method = {take.method: take for take in takes}
    rows = "".join(_row(name, by_method.get(name)) for name in order)
    takes_html = f'<ol class="milo-methods">{rows}</ol>'
    return f'<section class="milo-comparison" aria-label="Comparison">{SWITCHES}{takes_html}</section>'


def _row(method: str, take: Take | None) -> str:
    title = escape(METHODS[method])
    name = f'<b class="milo-who">{title}</b><b class="milo-letter" aria-hidden="true"></b>'
    if take is None:
        return f'<li class="milo-take milo-waiting" data-method="{method}"><h3>{name}</h3><p>waits …</p></li>'
    tracks = "".join(_track(heard) for heard in take.tracks)
    going = "" if take.done >= 1 else f'<p class="milo-going">{take.done * 100:.0f}\u202f% of the iterations</p>'
    return (
        f'<li class="milo-take" data-method="{method}"><h3>{name}{_figures(take)}</h3>{going}'
        f'<div class="milo-listen" role="group" aria-label="{title}">{tracks}</div>'
        f'<figure class="milo-mask"><img src="{fresh_url(take.mask)}" alt="Whose each place of the spectrogram is:'
        f' time across, low notes at the bottom"><i></i></figure>{_curves(take)}</li>'
    )


def _figures(take: Take) -> str:
    known = [heard.si_sdr_db for heard in take.tracks if heard.si_sdr_db is not None]
    if not known:
        return ""
    said = decibels(sum(known) / len(known))
    return (
        f'<span class="milo-figures" title="Against the known parts of this example, their mean">SI-SDR {said}</span>'
    )


def decibels(value: float) -> str:
    """
    >>> decibels(-1.25)
    '−1.2\u202fdB'
    """
    return f"{value:.1f}\u202fdB".replace("-", "−")


def _track(heard: Heard) -> str:
    instrument = BY_NAME.get(heard.label)
    title, sign, colour, ink = (
        (instrument.title, instrument.sign, instrument.colour, instrument.ink) if instrument else REST
    )
    figure = "" if heard.si_sdr_db is None else decibels(heard.si_sdr_db)
    names = ", ".join(BY_NAME[name].title for name in heard.names)
    alike = f' title="sounds like {escape(names)}"' if names else ""
    return (
        f'<button type="button" aria-pressed="false" data-src="{fresh_url(heard.path)}"{alike}'
        f' style="{style(colour, ink)}">'
        f'<span class="milo-sign" aria-hidden="true">{sign}</span>{escape(title)}'
        f'<span class="milo-figures">{figure}</span></button>'
    )


def _curves(take: Take) -> str:
    """How the losses of a method that learns fell, together."""
    if not take.losses:
        return ""
    length = max(map(len, take.losses.values()))
    padded = [[0.0] * (length - len(values)) + values for values in take.losses.values()]
    total = [sum(each) for each in zip(*padded, strict=True)]
    step = max(1, length // MOST_POINTS)
    points, high = total[::step], max(total) or 1.0
    width, height = CURVE
    across = width / max(1, len(points) - 1)
    line = " ".join(f"{k * across:.1f},{height - height * value / high:.1f}" for k, value in enumerate(points))
    last = ", ".join(f"{name} {values[-1]:.3f}" for name, values in take.losses.items())
    return (
        f'<figure class="milo-loss"><svg viewBox="0 0 {width} {height}" role="img" aria-label="Loss over'
        f' {length} iterations"><polyline points="{line}"/></svg>'
        f"<figcaption>loss, {length} iterations: {escape(last)}</figcaption></figure>"
    )
