"""Figures of one track, in decibels.

SI-SDR         : energy of the reference in the estimate, at whatever level, over the energy of all else there (Le Roux
                 et al. 2019)
SDR, SIR, SAR  : the same three questions of BSS Eval (Vincent et al. 2006), which forgives a filter of 512 taps: how
                 much is wrong, how much of it comes from the other parts, how much from none of them
leak           : energy of the estimate while the reference rests, over the mixture's there

A figure is never beyond LOWEST_DB and HIGHEST_DB, so that one silent or one perfect track does not decide a mean.
"""

import warnings
from typing import NamedTuple

import numpy as np
from mir_eval.separation import bss_eval_sources
from numpy.typing import NDArray

from milo_demo.evaluation.separation.case import Sound
from milo_demo.separation.quality import HIGHEST_DB, LOWEST_DB

SILENT_DB = -120.0
"""Level of a track without any sound."""
FRAME_S = 0.05
RESTS_BELOW_DB = -60.0
"""A reference rests in frames that are this far below its loudest."""
LEAST_REST_S = 0.5
"""With less to go by, nothing is said about leaks."""
DITHER = 1e-7
"""Noise added to estimates for BSS Eval, which refuses silent ones."""


class BssEval(NamedTuple):
    """Figures (track,) in dB."""

    sdr: NDArray[np.float64]
    sir: NDArray[np.float64]
    sar: NDArray[np.float64]


def bss_eval(references: list[Sound], estimates: list[Sound]) -> BssEval:
    """Of estimates, in the order of their references, none of which is silent. Takes about a second."""
    noise = np.random.default_rng(0).normal(0, DITHER, (len(estimates), len(estimates[0])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # mir_eval 0.8 is the last that has it, and pinned
        *figures, _ = bss_eval_sources(np.stack(references), np.stack(estimates) + noise, compute_permutation=False)
    return BssEval(*(np.clip(figure, LOWEST_DB, HIGHEST_DB) for figure in figures))


def level_db(track: Sound, mixture: Sound) -> float:
    """Energy of a track over that of the mixture."""
    share = np.square(track, dtype=np.float64).sum() / np.square(mixture, dtype=np.float64).sum()
    return 10 * float(np.log10(max(share, 10 ** (SILENT_DB / 10))))


def leak_db(reference: Sound, estimate: Sound, mixture: Sound, rate_hz: int) -> float | None:
    """`level_db` of the estimate where the reference rests; None if it hardly does, or all others do too."""
    rests = _rests(reference, rate_hz)
    if rests.sum() * FRAME_S < LEAST_REST_S:
        return None
    estimate, mixture = (_frames(sound, rate_hz)[rests].ravel() for sound in (estimate, mixture))
    return level_db(estimate, mixture) if mixture.any() else None


def _rests(reference: Sound, rate_hz: int) -> NDArray[np.bool_]:
    """(frame,) where the reference rests, and did in the frames around: tails and attacks are no leaks."""
    energy = np.square(_frames(reference, rate_hz)).sum(axis=1)
    padded = np.pad(energy < energy.max() * 10 ** (RESTS_BELOW_DB / 10), 1, constant_values=True)
    return padded[:-2] & padded[1:-1] & padded[2:]


def _frames(sound: Sound, rate_hz: int) -> Sound:
    """(frame, sample), whole ones only."""
    size = round(FRAME_S * rate_hz)
    return sound[: len(sound) // size * size].reshape(-1, size)


def _decibels(wanted: float, unwanted: float) -> float:
    if wanted == 0:
        return LOWEST_DB
    return float(np.clip(10 * np.log10(wanted / max(unwanted, 1e-20 * wanted)), LOWEST_DB, HIGHEST_DB))
