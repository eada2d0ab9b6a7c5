"""Who gets a track: of those the ear suspects, the players whose notes are there.

The ear knows one instrument at a time, and in an ensemble suspects their neighbours too. Notes say how many they are:
player by player is added, the likeliest first, and as long as one explains notes that nobody before could have played,
there was one more. Who explains more than half of it is nearly always alone, and who plays chords could explain all of
it: beside these more is asked for. Who they are is heard best when they are apart: cut out of samples under the names
suspected, each is named once more by itself. Who takes turns with others adds no notes that these could not have
played: whoever is heard alone for some seconds is there, whatever notes say.

Whoever is asked for by name explains some of the sound, so that even of an instrument which does not play a track comes
out, made of the others, 10 dB under them in the mean. Two things tell: the ear does not hear it in the whole clip, and
its own track does not sound like it. Of real players one of the two fails, hardly both.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from milo_demo.analysis import ClipScore
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS
from milo_demo.models.owner import POOLED, OwnerNet
from milo_demo.models.spectrogram import PatchNet
from milo_demo.options import MOST_PLAYERS
from milo_demo.separation.namer import Namer
from milo_demo.separation.networks import Networks
from milo_demo.separation.notes.owners import CHORDAL, UNPITCHED, NoteFound, find_notes, owners
from milo_demo.separation.notes.salience import LOWEST_PITCH, Salience
from milo_demo.separation.stretch import take_apart

HEARD = 0.5
"""Score of the ear from which whoever plays no notes gets a track."""
SURELY = 0.95
"""Score of the ear that needs no notes."""
ALONE, SILENT, ALONE_S = 0.7, 0.3, 3.0
"""Scores of the ear, of somebody and of everybody else, that say that one plays alone at a moment, and how long in all.
None whose instrument does not play is alone so long, in 28 solos and 53 mixtures of real recordings."""
SUSPECTED, SEEN = 0.1, 0.5
"""Scores of the ear that make a suspect, and of the eye, beside which half as much is enough."""
NOTES_SHARE = 0.5
"""Weight of the share of notes beside the ear's score, in logarithms."""
SMALL = 0.02
TOGETHER = 0.3
"""Weight of what the ear hears in the whole clip beside what it hears in a track alone, in logarithms."""
SOUNDS = 0.3
EXPLAINED, SOLO, EXPLAINED_BESIDE_SOLO = 0.13, 0.5, 0.27
"""Share of what sounds that a player must explain beside those before, and how much beside a first one who explains as
much as a soloist does: 0.53 to 0.79 of real solos; the first of two 0.37 to 0.46, the first of three at most 0.35."""
BESIDE, BESIDE_DRUMS = 0.65, 0.3
"""Scores of the ear: from which somebody needs no notes beside who plays chords, unless playing chords as well, and
drums of another kind are others; and from which the best is there beside drums."""
HARDLY, UNLIKE = 0.03, 0.12
"""Score of the ear in the whole clip below which whoever is asked for has to be heard in the track alone, and how well.
Of 22 mixtures that are asked for somebody else as well, 10 are left without such a track; of 291 players of whom tracks
are rightly asked, one loses it."""


def suspects(clip: Sequence[ClipScore]) -> dict[str, float]:
    """Label -> score of the ear, of those who may play, likeliest first."""
    chosen = {}
    for row in clip:
        heard, seen = row.heard or 0.0, row.seen or 0.0
        least = HEARD if row.label in UNPITCHED else SUSPECTED / (2 if seen >= SEEN else 1)
        if heard >= least:
            chosen[row.label] = heard
    return dict(sorted(chosen.items(), key=lambda item: -item[1])[:MOST_PLAYERS])


def alone(heard: NDArray[np.floating]) -> list[str]:
    """Who plays alone for some seconds.

    heard : (step, one of LABELS) scores of the ear, 0-1

    >>> heard = np.zeros((8, len(LABELS)))
    >>> heard[:6, LABELS.index("flute")], heard[6:, LABELS.index("cello")] = 0.8, 0.9
    >>> alone(heard)
    ['flute']
    """
    loudest, second = np.sort(heard, axis=1)[:, :-3:-1].T
    steps = heard[(loudest >= ALONE) & (second < SILENT)].argmax(axis=1)
    return [label for k, label in enumerate(LABELS) if (steps == k).sum() >= ALONE_S * STEPS_PER_S]


def players(
    suspected: Mapping[str, float],
    heard: Sequence[Salience],
    network: OwnerNet,
    surely: Collection[str] = (),
    lonely: Collection[str] = (),
) -> list[str]:
    """The labels that get a track, surest first.

    suspected : from `suspects`
    heard     : what the note network hears in parts of the clip
    network   : of the role ``owner``
    surely    : labels that are known otherwise to be there
    lonely    : those that are heard alone, see `alone`
    """
    surely = {*surely, *lonely}
    pitched = [label for label in suspected if label not in UNPITCHED]
    unpitched = [label for label in suspected if label in UNPITCHED]
    unpitched = [label for label in unpitched if label in (unpitched[0], *surely) or suspected[label] >= BESIDE]
    if unpitched and all(suspected[label] < BESIDE_DRUMS for label in pitched):
        return unpitched
    if not pitched or not heard:
        return [*pitched[:1], *unpitched]
    lengths = np.zeros(len(pitched))
    for part in heard:
        for note in find_notes(part, owners(part, network, pitched), pitched):
            lengths[note.player] += note.end - note.start
    shares = lengths / max(1.0, lengths.sum())
    scores = np.log([suspected[label] + SMALL for label in pitched]) + NOTES_SHARE * np.log(shares + SMALL)
    ordered = [pitched[k] for k in np.argsort(-scores)]
    chords = _of_chords(ordered, pitched, surely)
    if chords:
        beside = [label for label in pitched if label != chords and _heard_beside(label, suspected[label], surely)]
        return [chords, *beside, *unpitched]
    count, explained = 1, _explained(heard, network, ordered[:1])
    needed = EXPLAINED if explained < SOLO else EXPLAINED_BESIDE_SOLO
    while count < len(ordered):
        more = _explained(heard, network, ordered[: count + 1])
        if more - explained < needed:
            break
        count, explained = count + 1, more
    others = [label for label in ordered[count:] if suspected[label] >= SURELY or label in lonely]
    return [*ordered[:count], *others, *unpitched]


def _of_chords(ordered: Sequence[str], pitched: Sequence[str], surely: Collection[str]) -> str | None:
    """Who plays chords, if somebody does: such a one can explain everybody's notes, so that notes do not tell who else
    is there.

    ordered, pitched : the same labels, by ear and notes, and by ear alone
    """
    candidates = [*(label for label in pitched if label in surely), pitched[0], ordered[0]]
    return next((label for label in candidates if label in CHORDAL), None)


def _heard_beside(label: str, score: float, surely: Collection[str]) -> bool:
    """Whether the ear's word is enough for a label beside somebody who plays chords."""
    return label in surely or score >= (SURELY if label in CHORDAL else BESIDE)


def renamed(
    labels: Sequence[str],
    alone: NDArray[np.floating],
    suspected: Mapping[str, float],
    fixed: Collection[str] = (),
) -> list[str]:
    """What the players are called when each is heard alone: different names that together sound likeliest.

    labels    : from `players`
    alone     : (label, one of LABELS) scores of each one's track, 0-1
    suspected : from `suspects`; what was heard in all of the clip counts a little
    fixed     : of the labels, those that are known otherwise
    """
    free = [k for k, label in enumerate(labels) if label not in UNPITCHED and label not in fixed]
    taken = {label for k, label in enumerate(labels) if k not in free}
    names = [label for label in LABELS if label not in UNPITCHED and label not in taken]
    scores = np.log(alone[free][:, [LABELS.index(name) for name in names]] + SMALL)
    scores += TOGETHER * np.log([suspected.get(name, 0) + SMALL for name in names])
    result = list(labels)
    for row, column in zip(*linear_sum_assignment(-scores), strict=True):
        result[free[row]] = names[column]
    return result


def there(
    asked: Sequence[str],
    scores: Mapping[str, float],
    samples: Iterable[NDArray[np.float32]],
    networks: Networks,
    classifier: PatchNet,
) -> list[str]:
    """Those asked for who get a track.

    scores     : label -> score of the ear for the whole clip, 0-1
    samples    : of the clip's sound, (sample,) each, at 44.1 kHz
    classifier : that names what it hears alone
    """
    faint = [label for label in asked if scores.get(label, 0.0) < HARDLY]
    if not faint:
        return list(asked)
    namer = Namer(classifier, len(asked))
    for sample in samples:
        namer.listen(take_apart(sample[None], sample, asked, networks).tracks[:-1, 0])
    alone = dict(zip(asked, namer.scores, strict=True))
    return [label for label in asked if label not in faint or alone[label][LABELS.index(label)] >= UNLIKE]


def _explained(heard: Sequence[Salience], network: OwnerNet, labels: Sequence[str]) -> float:
    """Share of what sounds that these labels play, 0-1."""
    whole, played = 1e-9, 0.0
    for part in heard:
        chances = owners(part, network, labels)
        sounding = 1 - chances[-1]
        sounding[sounding < SOUNDS] = 0
        whole += float(sounding.sum())
        played += float(sounding[_covered(find_notes(part, chances, labels), sounding.shape)].sum())
    return played / whole


def _covered(notes: Sequence[NoteFound], shape: tuple[int, ...]) -> np.ndarray:
    """(pitch, pooled frame) where any of the notes is."""
    covered = np.zeros(shape, bool)
    for note in notes:
        first = note.start // POOLED
        covered[note.pitch - LOWEST_PITCH, first : max(first + 1, note.end // POOLED)] = True
    return covered
