"""The mixtures that are taken apart; nothing in them was trained on, and they are always the same.

bach10-duets, -trios, -quartets : real ensembles, recorded player by player
bach10-drum   : the duets with percussion
phrase-pairs, -trios : real solos that have nothing to do with each other, each of one note at a time
mixed-pairs   : such a solo beside chords or percussion
solo-pairs    : solos of sound fonts and recordings kept from training; see `published.pairs`
turns         : the phrase pairs, the second player beginning late and the first ending early: where one rests, its
                track ought to be silent
long-turns    : the same pairs, one for 40 s but for twelve of them, in which the other plays alone
mir1k         : sung pop, voice and accompaniment equally loud
pop           : drums, bass, rest and, in half of them, a voice; see `pop`
scored        : melodies of one score on sound fonts, two or three, of which every note is known; see `scored`
chords        : the same of one instrument that plays chords, alone
solos         : one instrument alone: its track ought to hold everything
absent        : pairs and pop that are asked for an instrument which is not there: its track ought to be silent
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import librosa
import numpy as np

from milo_demo.evaluation.files import required, songs
from milo_demo.evaluation.separation.case import Case, Note, Sound
from milo_demo.evaluation.separation.melody import MELODIC, melody
from milo_demo.evaluation.separation.pop import pop
from milo_demo.evaluation.separation.published import frames
from milo_demo.evaluation.separation.published.pairs import solo_pairs
from milo_demo.evaluation.separation.scored import chords, scored
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.instruments import label_of

REAL_RATE_HZ = 22_050
"""Of ensembles and phrases, as they were published; the songs have 16,000."""
GROUPS = {
    "bach10-duets": ("Group01-P2H", ("violin", "clarinet")),
    "bach10-trios": ("Group02-P3H", ("violin", "clarinet", "saxophone")),
    "bach10-drum": ("Group03-P3P", ("violin", "clarinet", "drum")),
    "bach10-quartets": ("Group04-P4H", ("violin", "clarinet", "saxophone", "bassoon")),
}
"""Set -> folder, and who plays the stems S1, S2 …"""
PAIRS, TRIOS, MIXED_PAIRS = 14, 8, 8
PHRASE_S, SOLO_S = 8.0, 12.0
RESTS_S, FADE_S = 2.5, 0.05
"""How long each of those who take turns is silent, and how long they take to become so."""
LONG_S, ALONE_S = 40.0, (24.0, 36.0)
"""How long the long turns are, and when the second player is alone."""
LEVEL = 0.05
"""Root mean square of a phrase before the levels are drawn."""
LOUDER_DB = 6.0
"""A phrase is at most so much louder or softer than the first of its mixture."""
SEED = 12

Cases = Callable[[Path, Path], Iterator[Case]]
"""The cases of a set, from the folder of validation data and a folder for what is made."""


def bach10(name: str) -> Cases:
    """One of GROUPS."""
    group, labels = GROUPS[name]

    def cases(data: Path, workdir: Path) -> Iterator[Case]:
        folder = data / "mixtures" / "bach10_val"
        for number, path in enumerate(required(folder / "Mixtures" / group, "*.ogg", "recordings")):
            files = required(folder / "Originals" / group, f"{path.stem}_S*.ogg", "stems")
            mixture, *stems = (_load(file) for file in (path, *files))
            length = min(map(len, (mixture, *stems)))
            played = {label: stem[:length] for label, stem in zip(labels, stems, strict=True)}
            notes: list[Note] | None = None
            if MELODIC.issuperset(played):
                notes = [note for label, stem in played.items() for note in melody(stem, REAL_RATE_HZ, label)]
            mixed, seen = mixture[:length], partial(frames.seen, data, labels, number)
            yield Case(path.stem, name, mixed, REAL_RATE_HZ, played, asked=tuple(played), notes=notes, seen=seen)

    return cases


def unrelated(name: str, count: int, *others: bool) -> Cases:
    """So many mixtures of phrases of different labels, the first player of each in turn.

    others : of every further player, whether one of the MELODIC, as the first is, or one of the others
    """

    def cases(data: Path, workdir: Path) -> Iterator[Case]:
        rng = np.random.default_rng(SEED)
        phrases = _phrases(data)
        pool = {kind: [path for path, label in phrases if (label in MELODIC) is kind] for kind in (True, False)}
        label_by_path = dict(phrases)
        for number in range(count):
            chosen = [pool[True][number % len(pool[True])]]
            for kind in others:
                taken = {label_by_path[path] for path in chosen}
                free = [path for path in pool[kind] if label_by_path[path] not in taken]
                chosen.append(free[rng.integers(len(free))])
            gains_db = [0.0, *rng.uniform(-LOUDER_DB, LOUDER_DB, len(others))]
            stems: dict[str, Sound] = {}
            notes: list[Note] = []
            for path, gain_db in zip(chosen, gains_db, strict=True):
                sound, melodic = _phrase(path, label_by_path[path])
                stems[label_by_path[path]] = _levelled(sound, gain_db)
                notes += melodic
            yield Case(
                " + ".join(path.stem for path in chosen),
                name,
                _sum(stems),
                REAL_RATE_HZ,
                stems,
                asked=tuple(stems),
                notes=notes if all(others) else None,
                seen=partial(frames.seen, data, tuple(stems), number),
            )

    return cases


def turns(data: Path, workdir: Path) -> Iterator[Case]:
    """What is played has changed, so nobody's notes are known."""
    for case in SETS["phrase-pairs"](data, workdir):
        time_s = np.arange(len(case.mixture)) / REAL_RATE_HZ
        begins = np.clip((time_s - RESTS_S) / FADE_S, 0, 1).astype(np.float32)
        yield _gated(case, "turns", begins[::-1], begins)


def long_turns(data: Path, workdir: Path) -> Iterator[Case]:
    """Phrases are repeated until they are long enough."""
    time_s = np.arange(round(LONG_S * REAL_RATE_HZ)) / REAL_RATE_HZ
    begin_s, end_s = ALONE_S
    other = np.clip(np.minimum(time_s - begin_s, end_s - time_s) / FADE_S, 0, 1).astype(np.float32)
    for case in SETS["phrase-pairs"](data, workdir):
        yield _gated(case, "long-turns", 1 - other, other)


def mir1k(data: Path, workdir: Path) -> Iterator[Case]:
    """Songs at 16 kHz; what accompanies is not named."""
    for path in songs(data):
        channels, _ = librosa.load(path, sr=RATE_HZ, mono=False)
        accompaniment, voice = map(_levelled, channels)
        yield Case(path.stem, "mir1k", accompaniment + voice, RATE_HZ, {"voice": voice}, accompaniment, ("voice",))


def solos(data: Path, workdir: Path) -> Iterator[Case]:
    """All phrases of our labels; the mixture is the stem."""
    for path, label in _phrases(data):
        sound = _load(path, SOLO_S)
        yield Case(path.stem, "solos", sound, REAL_RATE_HZ, {label: sound}, asked=(label,))


def absent(data: Path, workdir: Path) -> Iterator[Case]:
    """Pairs that are asked for one of the other pairs' instruments as well, and pop for a voice."""
    pairs = list(SETS["phrase-pairs"](data, workdir))
    for case, stranger in zip(pairs, [*pairs[1:], pairs[0]], strict=True):
        more = next((label for label in stranger.stems if label not in case.stems), None)
        if more is not None:
            yield replace(case, set="absent", asked=(*case.stems, more))
    for case in pop(data, workdir):
        if "voice" not in case.stems:
            yield replace(case, set="absent", asked=(*case.stems, "voice"))


SETS: dict[str, Cases] = {
    **{name: bach10(name) for name in GROUPS},
    "phrase-pairs": unrelated("phrase-pairs", PAIRS, True),
    "phrase-trios": unrelated("phrase-trios", TRIOS, True, True),
    "mixed-pairs": unrelated("mixed-pairs", MIXED_PAIRS, False),
    "solo-pairs": solo_pairs,
    "turns": turns,
    "long-turns": long_turns,
    "mir1k": mir1k,
    "pop": pop,
    "scored": scored,
    "chords": chords,
    "solos": solos,
    "absent": absent,
}


def _phrases(data: Path) -> list[tuple[Path, str]]:
    """The solo phrases of our labels."""
    files = required(data / "recordings" / "phrases_val", "*.ogg", "recordings")
    return [(path, label) for path in files if (label := label_of(path.stem, "phrases"))]


@cache
def _phrase(path: Path, label: str) -> tuple[Sound, list[Note]]:
    """The first PHRASE_S of a phrase, and its notes if the label is one of the MELODIC. Many mixtures share one."""
    sound = librosa.util.fix_length(_load(path, PHRASE_S), size=round(PHRASE_S * REAL_RATE_HZ))
    return sound, melody(sound, REAL_RATE_HZ, label) if label in MELODIC else []


def _load(path: Path, seconds: float | None = None) -> Sound:
    """(sample,) at REAL_RATE_HZ, from the beginning."""
    return librosa.load(path, sr=REAL_RATE_HZ, duration=seconds)[0]


def _gated(case: Case, name: str, *gates: Sound) -> Case:
    """A case whose players, in order, sound as much as gates (sample,) let through."""
    stems = {
        label: np.resize(stem, gate.shape) * gate for (label, stem), gate in zip(case.stems.items(), gates, strict=True)
    }
    return replace(case, set=name, mixture=_sum(stems), stems=stems, notes=None)


def _levelled(sound: Sound, gain_db: float = 0.0) -> Sound:
    """So much louder than LEVEL."""
    return sound * np.float32(LEVEL * 10 ** (gain_db / 20) / max(1e-9, np.sqrt(np.mean(np.square(sound)))))


def _sum(stems: dict[str, Sound]) -> Sound:
    return np.sum(list(stems.values()), axis=0)
