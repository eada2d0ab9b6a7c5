"""What a mixture's harmonics owe to whom: a model of every instrument's partials, fitted to the mixture's spectra.

Each voice is forty partials at multiples of its fundamental, each partial a lobe of the analysis window. An
instrument's spectrum, how loud each partial is beside the others, is one template per semitone; how loud it is played,
one gain per frame. Both, and a floor of noise, are found together so that their sum is the mixture (multiplicative
updates of the Kullback-Leibler divergence, after Lee & Seung 2001). That one template holds for all notes of a semitone
is what shares out partials that coincide: elsewhere in time they do not.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from milo_demo.separation.notes.pitch import A4_HZ, A4_PITCH, BIN_HZ, Voice

PARTIALS = 40
LOBE = 4
"""Bins on either side of a partial that its lobe reaches: those of the window. What swells and moves is wider, but
twice as many take a third more time and gain nothing where masks are divided as what lies around."""
ROUNDS = 15
"""Updates; from eight to fifty they make no difference that could be measured."""
SAME_NOTE = 0.6
"""Semitones from a note's mean up to which its fundamental may wander: vibrato is not another note."""

TINY = 1e-6
"""Beside a mean magnitude of 1: keeps silence from dividing by nothing."""

Array = NDArray[np.floating]
"""float32 here, throughout."""


class HarmonicModel(NamedTuple):
    """A fitted model; only cells that a partial reaches are kept.

    shape       : frames and bins
    cells       : (cell,), frame · bins + bin, ascending
    values      : (owner, cell), magnitudes
    floor_frame : (frame,), how loud the noise is
    floor_bin   : (bin,), its spectrum
    """

    shape: tuple[int, int]
    cells: NDArray[np.int64]
    values: Array
    floor_frame: Array
    floor_bin: Array

    def magnitudes(self, start: int = 0, end: int | None = None) -> Array:
        """Each owner's part of the mixture from frame `start` to `end`: (owner, frame, bin)."""
        start, end, _ = slice(start, end).indices(self.shape[0])
        bins = self.shape[1]
        first, last = np.searchsorted(self.cells, (start * bins, end * bins))
        dense = np.zeros((len(self.values), (end - start) * bins), np.float32)
        dense[:, self.cells[first:last] - start * bins] = self.values[:, first:last]
        return dense.reshape(len(self.values), end - start, bins)

    def floor(self, start: int = 0, end: int | None = None) -> Array:
        """The noise below all harmonics from frame `start` to `end`: (frame, bin)."""
        return self.floor_frame[start:end, None] * self.floor_bin


def fit(magnitudes: Array, voices: Sequence[Voice], owners: int, rounds: int = ROUNDS) -> HarmonicModel:
    """Fit the model to a mixture.

    magnitudes : (frame, bin) of spectra of 4096 samples every 512 at 22,050 Hz
    voices     : who plays how high when; an owner may have several
    owners     : how many there are; some may be silent

    Takes 0.006 × the duration of each voice on one core, twice that for a minute at once, and 2 MB for a second of it
    while it runs: long music is better fitted piece by piece.
    """
    scale = float(magnitudes.mean()) or 1.0
    mixture = (magnitudes / scale + TINY).astype(np.float32)
    moments = _moments(voices)
    lobes = _Lobes(moments, magnitudes.shape)
    floor = _Floor(mixture, lobes.cells)
    amplitudes = _Amplitudes(moments)
    target = mixture.reshape(-1)[lobes.cells]
    for _ in range(rounds):
        ratio = target / (lobes.spread(amplitudes()) + floor())
        amplitudes.update_gains(lobes.gather(ratio), lobes.totals)
        floor.update_frames(ratio)
        ratio = target / (lobes.spread(amplitudes()) + floor())
        amplitudes.update_templates(lobes.gather(ratio), lobes.totals)
        floor.update_bins(ratio)
    found = amplitudes()
    values = np.stack([lobes.spread(found * (moments.owner == owner)[:, None]) for owner in range(owners)])
    return HarmonicModel(mixture.shape, lobes.cells, scale * values, scale * floor.frame, floor.bin)


class _Moments(NamedTuple):
    """All frames of all voices that sound, sorted by template.

    frame, owner, f0_hz : (moment,)
    slide               : (moment,), Hz per frame
    template            : (moment,), ascending: one number for each owner and semitone
    """

    frame: NDArray[np.int64]
    owner: NDArray[np.int64]
    f0_hz: NDArray[np.float64]
    slide: NDArray[np.float64]
    template: NDArray[np.int64]


def _moments(voices: Sequence[Voice]) -> _Moments:
    parts: list[NDArray[np.float64]] = [np.zeros((5, 0))]
    for voice in voices:
        f0_hz = voice.f0_hz.astype(np.float64)
        frame = np.flatnonzero(f0_hz > 0)
        label = 128 * voice.owner + semitones(f0_hz)
        columns = (frame, np.full(len(frame), voice.owner), f0_hz[frame], _slides(f0_hz)[frame], label[frame])
        parts.append(np.stack(columns).astype(np.float64))
    frame, owner, f0_hz, slide, label = np.concatenate(parts, axis=1)
    template = np.unique(label, return_inverse=True)[1]
    order = np.argsort(template, kind="stable")
    return _Moments(
        frame[order].astype(np.int64), owner[order].astype(np.int64), f0_hz[order], slide[order], template[order]
    )


def semitones(f0_hz: NDArray) -> NDArray[np.int64]:
    """The MIDI pitch that a fundamental is played as, (frame,); 0 where it is silent.

    Frames that stay within `SAME_NOTE` of their mean are one note, and its mean decides: else a note between two
    semitones would fall apart.
    """
    exact = A4_PITCH + 12 * np.log2(np.maximum(f0_hz, 1) / A4_HZ)
    found = np.zeros(len(f0_hz), np.int64)
    start, total = 0, 0.0
    for frame, (pitch, sounds) in enumerate(zip(exact.tolist(), (f0_hz > 0).tolist(), strict=True)):
        if frame > start and not (sounds and abs(pitch - total / (frame - start)) <= SAME_NOTE):
            found[start:frame] = round(total / (frame - start))
            start, total = frame, 0.0
        if sounds:
            total += pitch
        else:
            start = frame + 1
    if len(f0_hz) > start:
        found[start:] = round(total / (len(f0_hz) - start))
    return found


def _slides(f0_hz: NDArray) -> NDArray:
    """How fast the fundamental moves, Hz per frame; 0 across a change of note."""
    if len(f0_hz) < 2:
        return np.zeros(len(f0_hz))
    moved = np.abs(np.gradient(f0_hz))
    return np.where(moved > 0.03 * f0_hz, 0, moved)


class _Lobes:
    """Which cells every partial of every moment reaches, and how strongly: a sparse matrix.

    cells  : (cell,), all that are reached
    totals : (moment, partial), sums of the lobes
    """

    def __init__(self, moments: _Moments, shape: tuple[int, int]) -> None:
        frames, bins = shape
        partial = np.arange(1, PARTIALS + 1)
        centre = moments.f0_hz[:, None] * partial / BIN_HZ
        # A moving partial is smeared over the bins that it passes.
        width = np.sqrt(1 + (moments.slide[:, None] * partial / BIN_HZ) ** 2)
        inside = centre < bins - LOBE - 2
        centre, width = centre[inside], width[inside]
        frame = np.broadcast_to(moments.frame[:, None], inside.shape)[inside]
        near = np.round(centre).astype(np.int64)[:, None] + np.arange(-LOBE, LOBE + 1)
        strength = np.where(near >= 0, lobe((near - centre[:, None]) / width[:, None]), 0).astype(np.float32)
        reached = frame[:, None] * bins + np.maximum(near, 0)
        self.cells, column = _numbered(reached, frames * bins)
        row_ends = np.concatenate([[0], np.cumsum(inside) * near.shape[1]])
        size = (inside.size, len(self.cells))
        self._partial_to_cell = csr_array((strength.reshape(-1), column.reshape(-1), row_ends), size)
        self._cell_to_partial = self._partial_to_cell.T.tocsr()
        self.totals = self.gather(np.ones(len(self.cells), np.float32))

    def spread(self, amplitudes: Array) -> Array:
        """(moment, partial) -> (cell,): what these partials add up to."""
        return self._cell_to_partial @ amplitudes.reshape(-1)

    def gather(self, cells: Array) -> Array:
        """(cell,) -> (moment, partial): what lies under each partial's lobe."""
        return (self._partial_to_cell @ cells).reshape(-1, PARTIALS)


def lobe(bins: NDArray) -> NDArray:
    """Magnitude of a Hann window's spectrum at a distance from its middle, in bins; 1 there, 0 from two bins on but
    for small side lobes."""
    distance = np.abs(bins)
    apart = 1 - distance**2
    limit = np.abs(apart) < 1e-4  # both go to zero there
    return np.abs(np.where(limit, 0.5, np.sinc(distance) / np.where(limit, 1, apart)))


def _numbered(keys: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The different keys, ascending, and the place of each key among them. Faster than sorting: there are few."""
    present = np.zeros(size, bool)
    present[keys] = True
    different = np.flatnonzero(present)
    place = np.zeros(size, np.int32)
    place[different] = np.arange(len(different), dtype=np.int32)
    return different, place[keys]


class _Amplitudes:
    """How loud every partial of every moment is: a gain per moment times its template."""

    def __init__(self, moments: _Moments) -> None:
        self._template = moments.template
        self._starts = np.flatnonzero(np.diff(moments.template, prepend=-1))
        series = 1 / np.arange(1, PARTIALS + 1, dtype=np.float32)
        self._templates = np.tile(series, (len(self._starts), 1))
        self._gains = np.ones(len(moments.template), np.float32)

    def __call__(self) -> Array:
        """(moment, partial)"""
        return self._gains[:, None] * self._templates[self._template]

    def update_gains(self, ratios: Array, totals: Array) -> None:
        """ratios, totals : (moment, partial), mixture over model and 1 under each lobe"""
        templates = self._templates[self._template]
        self._gains *= (ratios * templates).sum(1) / ((totals * templates).sum(1) + TINY)

    def update_templates(self, ratios: Array, totals: Array) -> None:
        if not len(self._starts):
            return
        gains = self._gains[:, None]
        wanted = np.add.reduceat(ratios * gains, self._starts)
        self._templates *= wanted / (np.add.reduceat(totals * gains, self._starts) + TINY)
        # Gains and templates may be traded for one another; templates are kept to a sum of 1.
        sums = self._templates.sum(1) + TINY
        self._templates /= sums[:, None]
        self._gains *= sums[self._template]


class _Floor:
    """Noise: one spectrum, louder or softer by the frame.

    Where no partial reaches, it is the whole model, and its updates need no more than the mixture's sums there.
    """

    def __init__(self, mixture: Array, cells: NDArray[np.int64]) -> None:
        bins = mixture.shape[1]
        self._cell_frame, self._cell_bin = cells // bins, cells % bins
        alone = mixture.copy()
        alone.reshape(-1)[cells] = 0
        self._alone_in_frame, self._alone_in_bin = alone.sum(1), alone.sum(0)
        self.frame = np.full(len(mixture), 0.1, np.float32)
        self.bin = np.ones(bins, np.float32)

    def __call__(self) -> Array:
        """(cell,)"""
        return self.frame[self._cell_frame] * self.bin[self._cell_bin] + TINY

    def update_frames(self, ratio: Array) -> None:
        """ratio : (cell,), mixture over model"""
        shared = np.bincount(self._cell_frame, ratio * self.bin[self._cell_bin], len(self.frame))
        self.frame = ((self._alone_in_frame + self.frame * shared) / self.bin.sum()).astype(np.float32)

    def update_bins(self, ratio: Array) -> None:
        shared = np.bincount(self._cell_bin, ratio * self.frame[self._cell_frame], len(self.bin))
        self.bin = ((self._alone_in_bin + self.bin * shared) / (self.frame.sum() + TINY)).astype(np.float32)
