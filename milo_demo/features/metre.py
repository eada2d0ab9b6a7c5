"""Which of the periods in a rhythm is the beat: how strongly each tempo is meant, at every step of the clip.

Everything in a bar repeats: hi-hats, beats, half bars, bars. Which of them people tap along to shows in what repeats
when (Klapuri et al. 2006): a kick and a snare in turn are two beats, hi-hats in between halve the beat, a swung third
divides it in three. So for every tempo it is looked how well the onsets of low, middle and high sounds each repeat at
multiples and parts of its beat, and that is compared with a few templates of metres. A template is a weighted sum of
these, to which the tempo itself adds a log-Gaussian prior (Parncutt 1994; Moelants and McKinney 2004); what the best
fitting templates say counts (log-sum-exp). The weights are fitted (`training.tempo`) as in multinomial logistic
regression, so that the strengths of all tempi sum to 1 and mean how often each is right.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

FRAMES_PER_S = 62.5
"""Of the onset strength (`tempo.HOP` at 16 kHz)."""
FRAMES_PER_STEP = 32
STEPS_PER_OCTAVE = 72
TEMPI_BPM = 40 * 2 ** (np.arange(188) / STEPS_PER_OCTAVE)
"""Tempi that are weighed, 1 % apart, 40 to 242."""
PERIODS = 60 * FRAMES_PER_S / TEMPI_BPM
"""Frames from beat to beat."""
MULTIPLES = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 3 / 2, 2, 3, 4)
"""Of the beat: what is looked at for every tempo."""
REACH = 16
"""Steps on either side (about 8 s) that are listened to: a few bars, also of slow music."""
LONGEST = int(4 * PERIODS[0]) + 4
LEAST_OVERLAP = 0.15
"""Share of the sound that has to be left beside itself when it is moved; beyond, little is compared with little."""
BLUR = 1.0
"""Frames (standard deviation, 16 ms): drummers are no clocks, and a beat may last half a frame more than so many."""
MIDDLE_BPM = 110.0
BLOCK = 64
WEIGHTS = Path(__file__).with_name("metre.json")


@dataclass(frozen=True)
class Templates:
    """Metres, by what they weigh.

    repeats : (template, multiple, band) of the autocorrelation at each of MULTIPLES of the beat
    prior   : (template, 3) of the logarithm of the tempo, its square and its cube, see `prior_terms`
    bias    : (template,)
    """

    repeats: NDArray[np.float32]
    prior: NDArray[np.float32]
    bias: NDArray[np.float32]


@cache
def templates() -> Templates:
    """Those that were fitted."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Templates(*(np.array(stored[name], np.float32) for name in ("repeats", "prior", "bias")))


def prior_terms() -> NDArray[np.float32]:
    """Octaves of every tempo from MIDDLE_BPM, squared and cubed as well: (3, tempo)."""
    octaves = np.log2(TEMPI_BPM / MIDDLE_BPM)
    return np.stack([octaves, octaves**2, octaves**3]).astype(np.float32)


def strengths(onsets: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Logarithm of how strongly each of TEMPI_BPM is meant at each step, (step, tempo); over the tempi, strengths sum
    to 1.

    onsets : (frame, band) of `tempo.Onsets`, at least `steps` long
    """
    known, terms = templates(), prior_terms()
    of_tempo = known.bias[:, None] + known.prior @ terms
    found = np.empty((steps, len(TEMPI_BPM)), np.float32)
    for first in range(0, steps, BLOCK):
        block = np.arange(first, min(first + BLOCK, steps))
        fits = np.tensordot(known.repeats, repeats(onsets, steps, block), axes=([1, 2], [0, 1])) + of_tempo[:, None]
        found[block] = _log_sum_exp(fits.astype(np.float32), axis=0)
    return found - _log_sum_exp(found, axis=1)[:, None]


def repeats(onsets: NDArray[np.float32], steps: int, at: NDArray[np.int64]) -> NDArray[np.float32]:
    """How well the onsets around the steps `at` repeat, (multiple, band, step, tempo); 1 is perfectly.

    onsets : (frame, band)
    steps  : how many steps the clip has
    """
    similar = _autocorrelation(onsets[: steps * FRAMES_PER_STEP], at)
    found = np.empty((len(MULTIPLES), *similar.shape[:2], len(TEMPI_BPM)), np.float32)
    for multiple, out in zip(MULTIPLES, found, strict=True):
        before, share = np.divmod(multiple * PERIODS, 1)
        near, far = similar[..., before.astype(int)], similar[..., before.astype(int) + 1]
        out[:] = (1 - share) * near + share * far
        for halfway in (-1 / 2, 0, 1 / 2):  # to the next tempo: peaks are narrower than the tempi lie apart
            distance = multiple * PERIODS * 2 ** (halfway / STEPS_PER_OCTAVE)
            np.maximum(out, similar[..., np.rint(distance).astype(int)], out=out)
    return found


def _autocorrelation(onsets: NDArray[np.float32], at: NDArray[np.int64]) -> NDArray[np.float32]:
    """Of the onsets within REACH of each step, (band, step, distance in frames), 1 at distance 0.

    As if the sound did not end at the window's or the clip's ends: made up for how little of it overlaps.
    """
    reach = REACH * FRAMES_PER_STEP
    length = 2 * reach + FRAMES_PER_STEP
    blurred = gaussian_filter1d(onsets.T, BLUR, axis=1)
    rises = blurred - uniform_filter1d(blurred, round(FRAMES_PER_S), axis=1)
    there = np.ones((1, rises.shape[1]), np.float32)
    parts = np.pad(np.concatenate([rises, there]), ((0, 0), (reach, reach)))
    around = np.stack([parts[:, step * FRAMES_PER_STEP :][:, :length] for step in at], axis=1)
    size = next_fast_len(length + LONGEST, real=True)
    power = np.square(np.abs(rfft(around, size, axis=-1)))  # type: ignore[arg-type]
    similar = irfft(power, size, axis=-1)[..., :LONGEST]  # type: ignore[index]
    overlap = similar[-1] / similar[-1, :, :1]
    similar = similar[:-1] / np.maximum(similar[:-1, :, :1], 1e-9)
    return (similar / np.maximum(overlap, LEAST_OVERLAP)).astype(np.float32)


def _log_sum_exp(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    most = values.max(axis=axis, keepdims=True)
    return np.log(np.exp(values - most).sum(axis=axis)) + most.squeeze(axis)


def follow(logs: NDArray[np.float32], change: float = 0.5, jump: float = 8.0) -> NDArray[np.int64]:
    """The course of the tempo that is meant most strongly, without leaps for a step or two: (step,), an index into
    TEMPI_BPM, found by dynamic programming (Viterbi).

    logs   : (step, tempo) of `strengths`
    change : what a change by one tempo costs, in the logarithm of the strength
    jump   : what any change costs at most
    """
    tempi = np.arange(logs.shape[1])
    cost = np.minimum(change * np.abs(tempi[:, None] - tempi), jump).astype(np.float32)
    best, came = logs[0], np.zeros(logs.shape, np.int64)
    for step in range(1, len(logs)):
        reached = best[:, None] - cost
        came[step] = reached.argmax(axis=0)
        best = reached[came[step], tempi] + logs[step]
    course = np.empty(len(logs), np.int64)
    course[-1] = best.argmax()
    for step in range(len(logs) - 1, 0, -1):
        course[step - 1] = came[step, course[step]]
    return course
