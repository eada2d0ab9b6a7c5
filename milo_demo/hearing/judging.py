"""The long view: what plays in a clip is mostly fixed, so a step is judged by the seconds around it, and names by all
of the clip.

Who plays in the seconds around plays in a doubtful step, too, and who does not is doubted: on calibration mixtures the
mean average precision goes from .67 to .71. Singers stop for breath, so the voice is left out of this.

Where one family at most is heard, somebody plays alone, and the names that the wider vocabulary believes less are
lowered: an instrument that MILO was not taught is mostly alone when it is taken for a neighbour. Where that vocabulary
is sure of such an instrument, and whatever sounds is of one kind, a mandolin that is heard as a guitar and a violin,
our names are left what it leaves. Else, where several families sound, every name is in doubt by the others: to lower
them so costs half of the players of ensembles. There they are called as `models.naming.company` has it, so that each is
called by mistake about as often as any other.

Who counts as heard in the clip needs less evidence in each of its steps; how surely the clip holds them stays what it
was. On real ensembles micro-F1 goes from .68 to .70; with much more, players would be heard before they begin. When
somebody sings the mask network knows better (`singing`): in real songs the ear alone calls half of the steps with a
voice, both together five of six.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from milo_demo.grid import COUNTS, pool
from milo_demo.hearing.classify import VOICE, Scores
from milo_demo.instruments import FAMILIES, KIND_OF
from milo_demo.outside import OUTSIDERS

NARROW = [place for place, family in enumerate(FAMILIES) if family not in KIND_OF.values()]
BROAD = [place for place, family in enumerate(FAMILIES) if family not in KIND_OF]
AROUND = 12
"""Steps, six seconds: on mixtures whose players change every five, 8 to 16 do equally well, and 30 no good."""
FAINTEST = 1e-3
"""Scores are taken to lie between this and 1 less this."""
KNOWN = 0.3
"""Log-odds by which a step of who is known to be in the clip is raised."""
SUNG, PER_DB, QUIETEST_DB, LOUD = 3.5, 0.25, -40.0, 90
"""Log-odds by which a step with a voice is raised where this is as loud as in the loud moments of the ear's own steps,
of which so many per cent are softer; and how fast, and how far down, they fall as the voice does."""


def judged(scores: Scores) -> NDArray[np.float32]:
    """What is heard in a clip (step, label), 0-1, its names judged by all of the clip.

    scores : of the whole clip; without `names`, `families` and `others` names are not judged
    """
    if several(scores):
        return known(in_context(scores.together if scores.together.size else scores.instruments), scores.voice_db)
    return known(_named(in_context(scores.instruments), scores), scores.voice_db)


def several(scores: Scores) -> bool:
    """Whether instruments of several families are heard in a clip, and none that MILO was not taught in their guise."""
    if not scores.names.size:
        return False
    sounds = pool(scores.families) >= COUNTS
    return bool(sounds[NARROW].sum() > 1) and not (_strange(scores) >= COUNTS and sounds[BROAD].sum() <= 1)


def known(instruments: NDArray[np.float32], voice_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is heard (step, label), 0-1, who counts as heard in the clip with less evidence in each step.

    voice_db : (step, 1) how loud a voice is, see `singing`; empty where nobody knows

    What the clip as a whole says, `grid.pool`, stays as it is, and silent steps stay silent.
    """
    raised, clip = instruments.copy(), pool(instruments)
    for label in np.flatnonzero(clip >= COUNTS).tolist():
        steps = instruments[:, label]
        more = KNOWN
        if label == VOICE:
            more = _sung(steps, voice_db[:, 0]) if voice_db.size else 0.0
        odds = logit(steps.clip(FAINTEST, 1 - FAINTEST)) + more
        raised[:, label] = np.where(steps > 0, expit(odds), 0)
    found = _as_sure(raised, clip)
    return np.where(pool(found) >= clip - 1e-4, found, instruments)  # a voice may pause nearly everywhere it was heard


def _named(instruments: NDArray[np.float32], scores: Scores) -> NDArray[np.float32]:
    """What is heard of one family at most (step, label), 0-1, its names judged by all of the clip."""
    if not scores.names.size:
        return instruments
    heard, most, strange = pool(instruments), pool(scores.names), _strange(scores)
    if strange >= COUNTS and (pool(scores.families) >= COUNTS)[BROAD].sum() <= 1:
        most = np.minimum(most, 1 - strange)
    return instruments * np.minimum(1, most / np.maximum(heard, 1e-6))


def _strange(scores: Scores) -> float:
    """How surely an instrument is heard that MILO was not taught."""
    return float(pool(scores.others)[: len(OUTSIDERS)].max(initial=0))


def in_context(instruments: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is heard (step, label), 0-1, each step judged by the seconds around it as much as by itself: the mean of the
    log-odds of both. Of what sounds steadily nothing changes, and silent steps stay silent."""
    if not len(instruments):
        return instruments
    odds = (logit(scores.clip(FAINTEST, 1 - FAINTEST)) for scores in (instruments, _around(instruments)))
    steady = np.where(instruments > 0, expit(sum(odds) / 2), 0).astype(np.float32)
    steady[:, VOICE] = instruments[:, VOICE]
    return steady


def _sung(voice: NDArray[np.float32], level_db: NDArray[np.float32]) -> NDArray[np.floating] | float:
    """Log-odds by which a voice's steps are raised, or lowered where it pauses, (step,)."""
    sure = (voice >= COUNTS) & np.isfinite(level_db)
    if not sure.any():
        return 0.0
    return SUNG + PER_DB * np.maximum(level_db - np.percentile(level_db[sure], LOUD), QUIETEST_DB)


def _as_sure(instruments: NDArray[np.float32], clip: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores (step, label) of which the clip says what it said before (label,): those that count, drawn together."""
    least = pool(np.minimum(instruments, COUNTS))
    share = (clip - least) / np.maximum(pool(instruments) - least, 1e-6)
    drawn = np.minimum(COUNTS + share * (instruments - COUNTS), 1)
    return np.where((instruments > COUNTS) & (clip >= COUNTS), drawn, instruments)


def _around(instruments: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the stronger half of the steps around each, (step, label)."""
    steps = len(instruments)
    width = min(AROUND, steps)
    weaker = width // 2
    windows = np.lib.stride_tricks.sliding_window_view(instruments, width, axis=0)
    stronger = np.partition(windows, weaker, axis=-1)[..., weaker:].mean(axis=-1)
    return stronger[np.clip(np.arange(steps) - width // 2, 0, steps - width)]
