"""The verdict in rows: an instrument each, what is heard and what is seen of it, how sure."""

from html import escape

from milo_demo import pipeline
from milo_demo.analysis import Analysis, ClipScore
from milo_demo.grid import per_cent
from milo_demo.instruments import BY_NAME
from milo_demo.ui.colours import style
from milo_demo.ui.words.sentence import by_ear_only, finding_of, findings, looked, ranked, remark_on, shown, told

ICONS = {
    "heard": '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 12.5V3l7-1.5v9" fill="none" stroke="currentColor"'
    ' stroke-width="1.5"/><circle cx="4" cy="12.5" r="2" fill="currentColor"/>'
    '<circle cx="11" cy="10.5" r="2" fill="currentColor"/></svg>',
    "seen": '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1 8s2.5-4.5 7-4.5S15 8 15 8s-2.5 4.5-7 4.5S1 8 1 8z"'
    ' fill="none" stroke="currentColor" stroke-width="1.5"/><circle cx="8" cy="8" r="2" fill="currentColor"/></svg>',
    "played": '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5 9.5V4a1 1 0 0 1 2 0v4-5.5a1 1 0 0 1 2 0V8 3.5'
    "a1 1 0 0 1 2 0V8.5 6a1 1 0 0 1 2 0v4.5a4 4 0 0 1-4 4H8a4 4 0 0 1-3-1.5L2.5 10a1 1 0 0 1 1.5-1.3z"
    '" fill="none" stroke="currentColor" stroke-width="1.2" stroke-linejoin="round"/></svg>',
}


def as_html(analysis: Analysis) -> str:
    """The verdict for the page: a row per instrument, and what has to be said about the clip.

    All rows travel: the browser shows those that are spoken of at the threshold that is chosen (`verdicts`).
    """
    rows, parts = shown(analysis), []
    rest = [row for row in ranked(analysis) if row not in rows]
    if analysis.clip:
        hidden = " hidden" * bool(findings(analysis))
        parts.append(
            f'<p class="milo-hint milo-nothing"{hidden}>It may be silence, speech, or an instrument outside '
            "the 25 that MILO was taught. Another part of the clip may say more: change <em>From</em> and analyse "
            "again.</p>"
        )
        items = "".join(_row(row, analysis, hidden=row in rest) for row in [*rows, *rest])
        names = ", ".join(map(_said, rest))
        parts.append(
            f'<ol class="milo-rows">{items}</ol>'
            f'<details class="milo-rest"{"" if rest else " hidden"}><summary>Less likely</summary>'
            f"<p>{names} %</p></details>"
        )
    parts += [
        f'<p class="milo-note">Corrected by hand: {told(it)} <button type="button" class="milo-undo"'
        f' data-undo="{it.label}" data-shown="{it.becomes or ""}" aria-label="Undo: {told(it)}">undo</button></p>'
        for it in analysis.corrections
    ]
    below = pipeline.left_out(analysis.media, analysis.options)
    parts += [f'<p class="milo-note">{escape(it)}</p>' for it in analysis.warnings if it not in below]
    return "".join(parts)


def left_out(analysis: Analysis) -> str:
    """What of the file is not in the result, for the place under the picture; empty where all of it is."""
    said = " ".join(pipeline.left_out(analysis.media, analysis.options))
    return f'<p class="milo-left-out" role="status">{escape(said)}</p>' if said else ""


def pending(words: str) -> str:
    """The place of the rows before there are any."""
    return (
        f'<ol class="milo-rows milo-pending" aria-hidden="true">{"<li></li>" * 3}</ol><p class="milo-hint">{words}</p>'
    )


def _said(row: ClipScore) -> str:
    """A label that is not spoken of, in a list of such."""
    return f"{escape(BY_NAME[row.label].title)} {per_cent(row.surest)}"


def _row(row: ClipScore, analysis: Analysis, hidden: bool) -> str:
    instrument, media = BY_NAME[row.label], analysis.media
    ear = _sense("heard", row.heard) if media.has_audio else _remark("heard", "no sound")
    if not media.has_video:
        eye = _remark("seen", "no picture")
    elif not looked(analysis):
        eye = _remark("seen", "not looked yet")
    elif row.label in by_ear_only(analysis):
        eye = _remark("seen", "by ear only")
    else:
        eye = _sense("seen", row.seen)
    hand = "" if row.played is None else _sense("played", row.played)
    faint = "" if finding_of(row, analysis) else " milo-faint"
    return (
        f'<li class="milo-row{faint}" data-label="{row.label}" data-said="{_said(row)}"{" hidden" * hidden}'
        f' style="{style(instrument.colour, instrument.ink)}">'
        f'<span class="milo-sign" aria-hidden="true">{instrument.sign}</span>'
        f'<span class="milo-name">{escape(instrument.title)}'
        f'<span class="milo-remark">{remark_on(row, analysis)}</span></span>'
        f'<span class="milo-score">{per_cent(row.surest)}\u202f%'
        f'<button type="button" class="milo-pencil" data-label="{row.label}"'
        f' aria-label="Correct {escape(instrument.title)}" title="A wrong name?">✎</button></span>'
        f'<span class="milo-senses">{ear}{eye}{hand}</span></li>'
    )


def _sense(sense: str, score: float | None) -> str:
    score = score or 0.0
    return (
        f'<span class="milo-sense">{ICONS[sense]}{sense} {per_cent(score)}'
        f'<i class="milo-meter"><i style="width: {score:.0%}"></i></i></span>'
    )


def _remark(sense: str, words: str) -> str:
    return f'<span class="milo-sense milo-absent">{ICONS[sense]}{words}</span>'
