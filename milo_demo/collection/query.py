"""What somebody asks of a collection, in words, as conditions.

    flute heard not seen              a flute is heard, and none is in the picture
    violin and piano together         both are heard in one clip
    violin, piano at once 5 s         both are heard for five seconds at the same time
    no voice, tag slow, tempo 60-90   words, tempo and duration can be asked for as well
    guitar played, longer than 30 s

Conditions follow each other, with a comma, ``and`` or ``but`` between them or without, and all of them have to hold.
What is said after several names is said of each; ``no`` is said of those up to the next comma.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from milo_demo.errors import MiloError
from milo_demo.instruments import ALIASES, INSTRUMENTS
from milo_demo.tags import TAGS

SENSES = ("heard", "seen", "played")
NEAR_BPM = 0.04
"""A tempo asked for as one number is met within this share of it: what passes for the same tempo (see `evaluate`)."""
UNITS_S = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "minute": 60.0, "minutes": 60.0}
ADVICE = 'ask as in "flute heard not seen", "violin and piano at once 5 s", "tag slow, tempo 60-90, longer than 30 s"'

_JOINTS = {",", "and", "but", "+", "&", "with", "clips", "where", "that", "is", "are", "a", "an", "the"}
_AND = ("and", "+", "&", "with")
_NAMES = {name: it.name for it in INSTRUMENTS for name in (it.name, it.title.lower())} | {
    name: label for name, label in ALIASES["tags"].items()
}
_WORDS = re.compile(r"\d+(?:\.\d+)?|[^\W\d_][\w'/-]*|<=|>=|[<>,+&–-]")


@dataclass(frozen=True)
class Plays:
    """How one label is, in one clip: by each of SENSES whether it is noticed; a sense not named may say either. Where
    `any_sense` is given, whether any of them notices it."""

    label: str
    senses: tuple[tuple[str, bool], ...] = ()
    any_sense: bool | None = None


@dataclass(frozen=True)
class AtOnce:
    """Several labels at the same time, each by each of some senses, for so long, seconds."""

    labels: tuple[str, ...]
    senses: tuple[str, ...]
    least_s: float


@dataclass(frozen=True)
class Tagged:
    tag: str
    wanted: bool = True


@dataclass(frozen=True)
class Between:
    """``tempo_bpm`` or ``duration_s`` within bounds, both included."""

    what: str
    low: float
    high: float


Condition = Plays | AtOnce | Tagged | Between


def parse(text: str) -> list[Condition]:
    """The conditions of a question. Raises MiloError where a word of it means nothing here.

    >>> parse("flute heard not seen")
    [Plays(label='flute', senses=(('heard', True), ('seen', False)), any_sense=None)]
    >>> parse("violins and piano at once for 5 s, tempo > 120")[1]
    Between(what='tempo_bpm', low=120.0, high=inf)
    """
    reader = _Reader(_WORDS.findall(text.lower()))
    found: list[Condition] = []
    while not reader.is_over():
        if reader.take(*_JOINTS):
            continue
        found += _condition(reader)
    if not found:
        raise MiloError(f"Nothing was asked: {ADVICE}.")
    return found


class _Reader:
    """The words of a question, one after another."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words, self._at = words, 0

    def is_over(self) -> bool:
        return self._at >= len(self._words)

    def word(self) -> str:
        """The next one, which stays; empty at the end."""
        return "" if self.is_over() else self._words[self._at]

    def take(self, *words: str) -> str:
        """The next one if it is one of these, else nothing."""
        word = self.word()
        if word not in words or not word:
            return ""
        self._at += 1
        return word

    def name(self, names: Sequence[str] | dict[str, str]) -> str:
        """The longest of some names, of one or several words, that comes next, if any does; plurals count."""
        for length in range(4, 0, -1):
            said = " ".join(self._words[self._at : self._at + length])
            for name in (said, said.removesuffix("s")):
                if name in names and self._at + length <= len(self._words):
                    self._at += length
                    return name
        return ""

    def number(self) -> float | None:
        word = self.word()
        if not word[:1].isdigit():
            return None
        self._at += 1
        return float(word)

    def back(self, to: int | None = None) -> int:
        """Where it is; or go back there."""
        if to is not None:
            self._at = to
        return self._at


def _condition(reader: _Reader) -> list[Condition]:
    if reader.take("tag", "tagged"):
        return [_tag(reader, True)]
    if reader.take("tempo"):
        return [_between(reader, "tempo_bpm")]
    if reader.take("duration"):
        return [_between(reader, "duration_s")]
    if comparison := reader.take("longer", "shorter", "faster", "slower"):
        what = "duration_s" if comparison in ("longer", "shorter") else "tempo_bpm"
        return [_one_sided(reader, what, above=comparison in ("longer", "faster"))]
    if reader.take("no", "without", "not"):
        if reader.take("tag", "tagged"):
            return [_tag(reader, False)]
        return [Plays(label, any_sense=False) for label in _labels(reader, *_AND)]
    first = reader.take(*SENSES)
    return _playing(reader, _labels(reader, ",", *_AND), first)


def _playing(reader: _Reader, labels: list[str], first: str) -> list[Condition]:
    """What is said of some labels: senses, ``together``, ``at once``."""
    senses: dict[str, bool] = {first: True} if first else {}
    while True:
        here = reader.back()
        reader.take("and", "but", ",", "is", "are")
        wanted = not reader.take("not")
        sense = reader.take(*SENSES)
        if not sense:
            reader.back(here)
            break
        if senses.get(sense, wanted) != wanted:
            raise MiloError(f"Nothing is {sense} and not {sense}: {ADVICE}.")
        senses[sense] = wanted
    if reader.take("together"):
        senses = senses or {"heard": True}
    elif reader.take("at"):
        if not reader.take("once"):
            raise _puzzled(reader)
        if len(set(labels)) < 2:
            raise MiloError(f"One instrument alone is not at once with another: {ADVICE}.")
        said = tuple(sense for sense, wanted in (senses or {"heard": True}).items() if wanted)
        if not said:
            raise MiloError(f"What is at once is at once heard, seen or played: say by which; {ADVICE}.")
        unwanted = tuple((sense, wanted) for sense, wanted in senses.items() if not wanted)
        reader.take("for")
        least_s = _seconds(reader) if reader.word()[:1].isdigit() else 0.0
        absent = [Plays(label, unwanted) for label in labels] if unwanted else []
        return [AtOnce(tuple(dict.fromkeys(labels)), said, least_s), *absent]
    if not senses:
        return [Plays(label, any_sense=True) for label in labels]
    return [Plays(label, tuple(senses.items())) for label in labels]


def _labels(reader: _Reader, *joints: str) -> list[str]:
    """One instrument or several, with one of some words between them or none."""
    found = [_label(reader)]
    while True:
        here = reader.back()
        reader.take(*joints)
        name = reader.name(_NAMES)
        if not name or reader.back() == here:
            reader.back(here)
            return found
        found.append(_NAMES[name])


def _label(reader: _Reader) -> str:
    name = reader.name(_NAMES)
    if not name:
        raise _puzzled(reader)
    return _NAMES[name]


def _tag(reader: _Reader, wanted: bool) -> Tagged:
    name = reader.name(TAGS)
    if not name:
        raise MiloError(f"{reader.word() or 'Nothing'} is none of the 188 tags: see them under Tags on the page.")
    return Tagged(name, wanted)


def _between(reader: _Reader, what: str) -> Between:
    """Bounds: ``> 120``, ``60-90``, ``about 100``."""
    if sign := reader.take("<", "<=", ">", ">=", "under", "below", "over", "above"):
        return _one_sided(reader, what, above=sign in (">", ">=", "over", "above"))
    reader.take("about", "around", "from")
    low = _seconds(reader) if what == "duration_s" else _beats(reader)
    if reader.take("-", "–", "to"):
        high = _seconds(reader) if what == "duration_s" else _beats(reader)
        if high < low:
            raise MiloError(f"{low:g} to {high:g} holds nothing: name the smaller number first.")
        return Between(what, low, high)
    return Between(what, low * (1 - NEAR_BPM), low * (1 + NEAR_BPM))


def _one_sided(reader: _Reader, what: str, above: bool) -> Between:
    reader.take("than")
    bound = _seconds(reader) if what == "duration_s" else _beats(reader)
    return Between(what, bound, float("inf")) if above else Between(what, 0.0, bound)


def _beats(reader: _Reader) -> float:
    number = reader.number()
    if number is None:
        raise _puzzled(reader)
    reader.take("bpm")
    return number


def _seconds(reader: _Reader) -> float:
    number = reader.number()
    if number is None:
        raise _puzzled(reader)
    unit = reader.take(*UNITS_S)
    return number * UNITS_S.get(unit, 1.0)


def _puzzled(reader: _Reader) -> MiloError:
    word = reader.word()
    said = f"{word!r} is not understood" if word else "The question breaks off"
    return MiloError(f"{said}: {ADVICE}.")
