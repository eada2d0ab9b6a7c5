"""The verdict in words and rows: what is heard, what is seen, how sure."""

from collections.abc import Iterable
from html import escape

from milo_demo import pipeline
from milo_demo.analysis import Analysis, ClipScore
from milo_demo.corrections import Correction, was
from milo_demo.grid import COUNTS, SURE, per_cent
from milo_demo.instruments import BY_NAME
from milo_demo.ui.colours import style

THRESHOLD = COUNTS

FAINT = 0.2
"""Under this, a score says nothing: it is also the lowest threshold that can be chosen on the page."""
HIGHEST = 95
"""The highest one, in per cent."""
UNSURE = 3
"""Of what is not sure enough, the best few get a pale row and lane if they reach FAINT; the rest is named in a line."""

PLURALS = {"congas"}

SIDES = (
    "the front",
    "the front right",
    "the right",
    "behind on the right",
    "behind",
    "behind on the left",
    "the left",
    "the front left",
)
"""Eighths of a circle, clockwise."""

STEEP_DEG = 50
"""From this elevation on the side says little."""

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


def shown(analysis: Analysis, threshold: float = THRESHOLD) -> list[ClipScore]:
    """The labels that the page speaks of, best first: those that are there and those that may be."""
    there = [row for row in ranked(analysis) if row.surest >= threshold]
    unsure = [row for row in ranked(analysis)[len(there) :] if row.surest >= FAINT]
    return there + unsure[:UNSURE]


def ranked(analysis: Analysis) -> list[ClipScore]:
    """All labels that were asked about, by what they are judged by: who is there stands above who is unsure."""
    return sorted(analysis.clip, key=lambda row: (-row.surest, -row.score, row.label))


def verdicts(analysis: Analysis) -> list[dict]:
    """What the page says at each threshold that can be chosen there, for the browser: where it says something else than
    just under it, ``from`` (whole per cent), ``answer`` (the sentence), ``rows`` (label and remark of each that is
    spoken of), and ``there``, how many of these, from the first on, are there and not only may be.
    """
    said: list[dict] = []
    for start in range(round(100 * FAINT), HIGHEST + 1):
        threshold = start / 100
        rows = shown(analysis, threshold)
        now = {
            "answer": answer(analysis, threshold),
            "rows": [(row.label, _remark_on(row, analysis, threshold)) for row in rows],
            "there": sum(row.surest >= threshold for row in rows),
        }
        if not said or said[-1] != {"from": said[-1]["from"], **now}:
            said.append({"from": start, **now})
    return said


def looked(analysis: Analysis) -> bool:
    """Whether the picture has been looked at; until then nothing is said about it."""
    return any(row.seen is not None for row in analysis.clip)


def by_ear_only(analysis: Analysis) -> set[str]:
    """The labels that the eye could not have found in a picture that it has looked at: it was never shown one."""
    return {row.label for row in analysis.clip if row.seen is None} if looked(analysis) else set()


def answer(analysis: Analysis, threshold: float = THRESHOLD) -> str:
    """The clip in a sentence, who plays first: "A guitar is played; a piano is heard but not in the picture; perhaps
    a harp."
    """
    groups: dict[str, list[str]] = {}
    perhaps: list[str] = []
    for row in ranked(analysis):
        finding = _finding(row, analysis, threshold)
        if finding and _is_sure(row, threshold):
            groups.setdefault(finding, []).append(row.label)
        elif finding:
            perhaps.append(row.label)
    first = sorted(groups, key=lambda finding: (not finding.startswith("played"), not finding.endswith("and seen")))
    parts = [f"{_listed(groups[finding])} {_verb(groups[finding])} {finding}" for finding in first]
    parts += [f"perhaps {_listed(perhaps, 'or')}"] if perhaps else []
    if parts:
        sentence = "; ".join(parts)
        return sentence[0].upper() + sentence[1:] + "."
    senses = " or ".join(["heard"] * analysis.media.has_audio + ["seen"] * looked(analysis))
    return f"Nothing that MILO knows is {senses}."


def as_html(analysis: Analysis) -> str:
    """The verdict for the page: a row per instrument, and what has to be said about the clip.

    All rows travel: the browser shows those that are spoken of at the threshold that is chosen (`verdicts`).
    """
    rows, parts = shown(analysis), []
    rest = [row for row in ranked(analysis) if row not in rows]
    if analysis.clip:
        known = any(row.surest >= THRESHOLD for row in analysis.clip)
        parts.append(
            f'<p class="milo-hint milo-nothing"{" hidden" * known}>It may be silence, speech, or an instrument outside '
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
        f' data-undo="{it.label}" aria-label="Undo: {told(it)}">undo</button></p>'
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


def _finding(row: ClipScore, analysis: Analysis, threshold: float = THRESHOLD) -> str:
    """What the clip shows of one label, as the end of a sentence; empty where it shows too little to say so."""
    heard, seen, played, moved = (
        score is not None and score >= threshold for score in (row.heard, row.seen, row.played, row.moved)
    )
    if heard and seen:
        whence = _whence(row)
        return f"played{', heard' if whence else ''}{whence}" if played else f"heard{whence} and seen"
    if heard:
        return f"heard{_whence(row)} but not in the picture" if row.seen is not None else f"heard{_whence(row)}"
    if seen:
        silent = " but not heard" if analysis.media.has_audio else ""
        return f"moved as if played{silent}" if moved else "seen but silent" if silent else "seen"
    return ""


def _is_sure(row: ClipScore, threshold: float) -> bool:
    """Whether the sentence names it without a "perhaps": both senses notice it, or one does clearly."""
    both = min(row.heard or 0.0, row.seen or 0.0) >= threshold
    return both or row.surest >= max(threshold, SURE)


def _whence(row: ClipScore) -> str:
    """Where it is heard from, as in "heard from the left"; empty where that is not known."""
    if row.azimuth_deg is None or row.elevation_deg is None:
        return ""
    if abs(row.elevation_deg) >= STEEP_DEG:
        return " from above" if row.elevation_deg > 0 else " from below"
    return f" from {SIDES[round(row.azimuth_deg / 45) % len(SIDES)]}"


def told(correction: Correction) -> str:
    """A correction in words: "guitar is a ukulele"."""
    title = BY_NAME[correction.label].title
    return f"{title} is {_named(correction.becomes)}" if correction.becomes else f"{title} is struck out"


def _remark_on(row: ClipScore, analysis: Analysis, threshold: float = THRESHOLD) -> str:
    """What stands beside the name: what ear and eye both notice, and nobody plays, needs no word."""
    finding = _finding(row, analysis, threshold)
    telling = finding.startswith(("played", "moved")) or any(word in finding for word in (" but ", " from "))
    remark = finding if telling else "" if finding else "unsure"
    by_hand = "named by hand" if was(analysis.corrections, row.label) else ""
    return ", ".join(filter(None, [remark, by_hand]))


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
    faint = "" if _finding(row, analysis) else " milo-faint"
    return (
        f'<li class="milo-row{faint}" data-label="{row.label}" data-said="{_said(row)}"{" hidden" * hidden}'
        f' style="{style(instrument.colour, instrument.ink)}">'
        f'<span class="milo-sign" aria-hidden="true">{instrument.sign}</span>'
        f'<span class="milo-name">{escape(instrument.title)}'
        f'<span class="milo-remark">{_remark_on(row, analysis)}</span></span>'
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


def _listed(labels: Iterable[str], last: str = "and") -> str:
    names = [_named(label) for label in labels]
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _named(label: str) -> str:
    """The label with its article: "an accordion", "a ukulele", "congas"."""
    title = BY_NAME[label].title
    if label in PLURALS:
        return title
    return f"an {title}" if title[0] in "aeio" else f"a {title}"  # a ukulele: the u is a y in the mouth


def _verb(labels: list[str]) -> str:
    return "are" if len(labels) > 1 or labels[0] in PLURALS else "is"
