"""The clips of an answer as a table: a picture, who plays, lanes in miniature."""

import base64
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from milo_demo.collection.finding import Found
from milo_demo.collection.overview import Lanes
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.ui.colours import style
from milo_demo.ui.views import clock

WIDTH, LANE = 200, 12
"""Of the lanes, in units of the drawing: all of the clip, and one instrument."""
NAMED = 4
"""Instruments that are named in a row; the others are counted."""


def table(clips: list[Found], count: int, pictures: Mapping[str, bytes | None], lanes: Mapping[str, Lanes]) -> str:
    """A row for each clip, and how many more there are."""
    if not clips:
        return '<p class="milo-hint">No clip is so.</p>'
    rows = "".join(_row(clip, pictures.get(clip.clip_id), lanes.get(clip.clip_id, {})) for clip in clips)
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Picture", "Clip", "Who plays", "When", "Tempo"))
    said = f"{len(clips)} of {count} clips" if count > len(clips) else f"{count} {'clip' if count == 1 else 'clips'}"
    return (
        f'<p class="milo-hint" role="status">{said}</p><table class="milo-clips"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def link(clip: Found) -> str:
    """Where the player shows the clip at its moment, from this page."""
    return f"./#result=collected-{clip.clip_id}&t={clip.at_s:.2f}"


def _row(clip: Found, picture: bytes | None, lanes: Lanes) -> str:
    name, href = escape(clip.name), escape(link(clip))
    image = (
        f'<img src="data:image/jpeg;base64,{base64.b64encode(picture).decode()}" alt="" width="160" loading="lazy">'
        if picture
        else '<span class="milo-no-picture">sound</span>'
    )
    alike = "" if clip.alike is None else f'<span class="milo-remark">alike {clip.alike:.2f}</span>'
    like = f'<a href="?ask={quote(f"like {clip.clip_id}")}" aria-label="More like {name}">more like this</a>'
    tempo = "" if clip.tempo_bpm is None else f"{clip.tempo_bpm:.0f}"
    return (
        f'<tr><td><a href="{href}" tabindex="-1" aria-hidden="true">{image}</a></td>'
        f'<td><a class="milo-clip-name" href="{href}">{name}</a>{alike}'
        f"<p>{clock(clip.at_s)} of {clock(clip.duration_s)} · {like}</p></td>"
        f"<td>{_players(clip)}</td><td>{_drawn(clip, lanes)}</td><td>{tempo}</td></tr>"
    )


def _players(clip: Found) -> str:
    """Who is heard or seen, in colour, by sign and name."""
    names = list(dict.fromkeys([*clip.heard, *clip.seen]))
    shown = "".join(_player(name, clip) for name in names[:NAMED])
    more = f"<li>and {len(names) - NAMED} more</li>" if len(names) > NAMED else ""
    return f'<ul class="milo-cast">{shown}{more}</ul>' if names else ""


def _player(name: str, clip: Found) -> str:
    it = BY_NAME[name]
    senses = [sense for sense in ("heard", "seen", "played") if name in getattr(clip, sense)]
    colours = style(it.colour, it.ink)
    return f'<li><b style="{colours}">{it.sign}</b> {it.title} <span>{", ".join(senses)}</span></li>'


def _drawn(clip: Found, lanes: Lanes) -> str:
    """Above each instrument's line when it is heard, below when it is seen, broad where it is played."""
    labels = [label for label in LABELS if label in lanes]
    if not labels or not clip.duration_s:
        return ""
    scale, parts = WIDTH / clip.duration_s, []
    for row, label in enumerate(labels):
        for sense, top, high in (("heard", 0, 5), ("seen", 6, 2), ("played", 8, 2)):
            for start_s, end_s in lanes[label].get(sense, ()):
                place = f'x="{start_s * scale:.1f}" y="{row * LANE + top}" width="{(end_s - start_s) * scale:.1f}"'
                parts.append(f'<rect {place} height="{high}" fill="{BY_NAME[label].colour}"/>')
    at = f'<line x1="{clip.at_s * scale:.1f}" x2="{clip.at_s * scale:.1f}" y1="0" y2="{LANE * len(labels)}"/>'
    names = ", ".join(BY_NAME[label].title for label in labels)
    height = LANE * len(labels)
    return (
        f'<svg class="milo-mini" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img"'
        f' aria-label="Lanes of {escape(names)}">{"".join(parts)}{at}</svg>'
    )
