"""The verdict in a sentence and in remarks: who is heard, seen and played, where the names are sure, and where not."""

from collections.abc import Iterable, Sequence

from milo_demo.analysis import Analysis, ClipScore
from milo_demo.corrections import Correction, was
from milo_demo.grid import COUNTS, SURE
from milo_demo.instruments import BY_NAME
from milo_demo.outside import OUTSIDERS
from milo_demo.ui.words.kin import Kin, everyday, kin, look_alikes, outsiders

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


def shown(analysis: Analysis, threshold: float = THRESHOLD) -> list[ClipScore]:
    """The labels that the page speaks of, best first: those that are there and those that may be."""
    there = [row for row in ranked(analysis) if row.surest >= threshold]
    unsure = [row for row in ranked(analysis)[len(there) :] if row.surest >= FAINT]
    return there + unsure[:UNSURE]


def ranked(analysis: Analysis) -> list[ClipScore]:
    """All labels that were asked about, by what they are judged by: who is there stands above who is unsure."""
    return sorted(analysis.clip, key=lambda row: (-row.surest, -row.score, row.label))


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
    parts, besides = findings(analysis, threshold), everyday(analysis)[:3]
    if not parts:
        senses = " or ".join(["heard"] * analysis.media.has_audio + ["seen"] * looked(analysis))
        parts = [f"nothing that MILO knows is {senses}" + (f", but {_joined(besides)}" if besides else "")]
    elif besides:
        parts.append(f"besides, {_joined(besides)}")
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."


def findings(analysis: Analysis, threshold: float = THRESHOLD) -> list[str]:
    """What there is to say of instruments, as parts of a sentence; none where nothing is heard or seen of any."""
    groups: dict[str, list[str]] = {}
    families = kin(analysis, threshold)
    told = {label for family in families for label in family.labels}
    perhaps: list[str] = []
    for row in ranked(analysis):
        finding = "" if row.label in told else finding_of(row, analysis, threshold)
        if finding and (_is_sure(row, threshold) or was(analysis.corrections, row.label)):
            groups.setdefault(finding, []).append(row.label)
        elif finding:
            perhaps.append(row.label)
    first = sorted(groups, key=lambda finding: (not finding.startswith("played"), not finding.endswith("and seen")))
    parts = [f"{_listed(groups[finding])} {_verb(groups[finding])} {finding}" for finding in first]
    strange = outsiders(analysis, threshold)[:1]
    of_family = {OUTSIDERS[name][0]: name for name in strange}
    parts = [
        _family_heard(family, analysis, threshold, of_family.pop(family.family, None)) for family in families
    ] + parts
    parts += [f"perhaps {_listed(perhaps, 'or')}"] if perhaps else []
    left = list(of_family.values())
    looks = [name for name in look_alikes(analysis, threshold)[:1] if name in left or name not in strange]
    return parts + _strange(left, looks)


def _strange(heard: Sequence[str], seen: Sequence[str]) -> list[str]:
    """What is heard, and what is seen, and lies outside the taxonomy: the surest of each, at most."""
    senses = {"sounds and looks": heard} if heard == seen else {"sounds": heard, "looks": seen}
    return [
        f"something {sense} like {_article(name)}, which MILO was not taught"
        for sense, names in senses.items()
        for name in names
    ]


def verdicts(analysis: Analysis) -> list[dict]:
    """What the page says at each threshold that can be chosen there, for the browser: where it says something else than
    just under it, ``from`` (whole per cent), ``answer`` (the sentence), ``rows`` (label and remark of each that is
    spoken of), ``there``, how many of these, from the first on, are there and not only may be, and ``nothing``, whether
    there is nothing to say of any instrument.
    """
    said: list[dict] = []
    for start in range(round(100 * FAINT), HIGHEST + 1):
        threshold = start / 100
        rows = shown(analysis, threshold)
        now = {
            "answer": answer(analysis, threshold),
            "rows": [(row.label, remark_on(row, analysis, threshold)) for row in rows],
            "there": sum(row.surest >= threshold for row in rows),
            "nothing": not findings(analysis, threshold),
        }
        if not said or said[-1] != {"from": said[-1]["from"], **now}:
            said.append({"from": start, **now})
    return said


def remark_on(row: ClipScore, analysis: Analysis, threshold: float = THRESHOLD) -> str:
    """What stands beside the name: what ear and eye both notice, and nobody plays, needs no word."""
    finding = finding_of(row, analysis, threshold)
    telling = finding.startswith(("played", "moved")) or any(word in finding for word in (" but ", " may ", " from "))
    remark = finding if telling else "" if finding else "unsure"
    by_hand = "named by hand" if was(analysis.corrections, row.label) else ""
    return ", ".join(filter(None, [remark, by_hand]))


def told(correction: Correction) -> str:
    """A correction in words: "guitar is a ukulele"."""
    title = BY_NAME[correction.label].title
    return f"{title} is {_named(correction.becomes)}" if correction.becomes else f"{title} is struck out"


def finding_of(row: ClipScore, analysis: Analysis, threshold: float = THRESHOLD) -> str:
    """What the clip shows of one label, as the end of a sentence; empty where it shows too little to say so."""
    heard, seen, played, moved = (
        score is not None and score >= threshold for score in (row.heard, row.seen, row.played, row.moved)
    )
    if heard and seen:
        whence = _whence(row)
        return f"played{', heard' if whence else ''}{whence}" if played else f"heard{whence} and seen"
    if heard:
        hidden = played and not _somebody_else_plays(row, analysis, threshold)
        unseen = ", and may be what is played in the picture" if hidden else " but not in the picture"
        return f"heard{_whence(row)}{unseen if row.seen is not None else ''}"
    if seen and played:
        return "played, but does not sound like one"
    if seen:
        silent = " but not heard" if analysis.media.has_audio else ""
        return f"moved as if played{silent}" if moved else "seen but silent" if silent else "seen"
    return ""


def _somebody_else_plays(row: ClipScore, analysis: Analysis, threshold: float) -> bool:
    """Whether what hands play is rather another instrument, which is seen."""
    others = [other for other in analysis.clip if other is not row and (other.seen or 0.0) >= threshold]
    return max((other.played or 0.0 for other in others), default=0.0) > (row.played or 0.0)


def _is_sure(row: ClipScore, threshold: float) -> bool:
    """Whether the sentence names it without a "perhaps": both senses notice it, or one does clearly."""
    both = min(row.heard or 0.0, row.seen or 0.0) >= threshold
    return both or row.surest >= max(threshold, SURE)


def _family_heard(family: Kin, analysis: Analysis, threshold: float, stranger: str | None) -> str:
    """A family of which something is heard, and what that may be: "a plucked string instrument is heard, perhaps a
    banjo".

    stranger : what it sounds like and MILO was not taught
    """
    rows = [row for row in analysis.clip if row.label in family.labels]
    seen, moved = (max((getattr(row, part) or 0.0 for row in rows), default=0.0) for part in ("seen", "moved"))
    finding = "heard" if seen < threshold else "played" if moved >= threshold else "heard and seen"
    perhaps = f", perhaps {_listed(family.labels, 'or')}" if family.labels else ""
    if stranger is not None:
        perhaps = f", perhaps {_article(stranger)}, which MILO was not taught"
    return f"{_article(f'{family.family} instrument')} is {finding}{perhaps}"


def _whence(row: ClipScore) -> str:
    """Where it is heard from, as in "heard from the left"; empty where that is not known."""
    if row.azimuth_deg is None or row.elevation_deg is None:
        return ""
    if abs(row.elevation_deg) >= STEEP_DEG:
        return " from above" if row.elevation_deg > 0 else " from below"
    return f" from {SIDES[round(row.azimuth_deg / 45) % len(SIDES)]}"


def _listed(labels: Iterable[str], last: str = "and") -> str:
    return _joined([_named(label) for label in labels], last)


def _joined(names: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _named(label: str) -> str:
    """The label with its article: "an accordion", "a ukulele", "congas"."""
    return BY_NAME[label].title if label in PLURALS else _article(BY_NAME[label].title)


def _article(title: str) -> str:
    return f"an {title}" if title[0] in "aeio" else f"a {title}"  # a ukulele: the u is a y in the mouth


def _verb(labels: list[str]) -> str:
    return "are" if len(labels) > 1 or labels[0] in PLURALS else "is"
