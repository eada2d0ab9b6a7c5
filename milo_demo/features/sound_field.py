"""Where sound comes from: first-order ambisonics, four microphones in one place.

Channels are AmbiX (Nachbar et al. 2011), as 360° cameras and their players have it: W hears all around, Y left less
right, Z up less down, X front less behind, all on one scale (SN3D). A wave from the unit vector (x, y, z) is in them as
1, y, z, x. In every bin of a short-time spectrum the active intensity, the real part of conj(W) (X, Y, Z), points to
where that bin's sound comes from; against its energy it is 1 long for a single wave and 0 for sound from everywhere
(Merimaa and Pulkki 2005). Instruments seldom share a bin, so directions gather around the players; and echoes come
after the attack, so bins count for as much as their energy has risen.

Directions in degrees are the picture's: azimuth 0 in the middle of a 360° frame and positive to the right, as its
columns go; elevation positive upwards. The unit vectors' y points to the left, as in AmbiX.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from milo_demo.features.log_mel import RATE_HZ

CHANNELS = 4
FRAME, HOP = 1024, 512
"""Samples: 64 ms every 32 ms, long enough to part the partials of two instruments."""
LOWEST_HZ, HIGHEST_HZ = 100, 5000
"""Rumble lies below; above, real microphones stand too far apart to count as one place."""
SHARPNESS = 6
"""Exponent of how much a bin is one wave: bins in which several sounds meet point somewhere between."""
COLUMNS, ROWS = 48, 24
"""Cells of equal area that cover the sphere: 7.5° of azimuth, a 24th of the height."""
BLUR_DEG = 12.0
"""Width over which directions that belong together scatter."""
APART_DEG = 30.0
"""Two places are at least so far apart: closer ones are one heap of directions."""
LEAST_SHARE = 0.1
"""Of the strongest place: less is an echo, or what is left of a heap."""
MOST_PLACES = CHANNELS
"""No more can be told apart by four channels."""
LEAST_CONTRAST = 3.0
"""Directions count from where their density is so many times that of sound from everywhere alike."""
LOUDNESS_OF_NOISE = 0.1
"""Power of sound from all sides, against each place's, that the unmixing reckons with: no echo is blown up."""
ENERGY_RATIO = 0.4, 1.4
"""Energy of X, Y and Z together against W's: 1 in AmbiX whatever sounds, a third less where a flat ring of microphones
knows no Z; 2 in the older FuMa format, 3 in N3D or in four like channels."""

WAVE, LEAST_WAVES = 0.9, 0.1
"""Intensity against energy of a single wave, and how much of what begins is such: at least 0.08 of solo players in made
halls and nearly all of dry ones, at most 0.04 of independent channels or microphones apart."""
LEAST_ELSEWHERE = 0.3


class Places(NamedTuple):
    """Where most of the sound came from, the strongest place first.

    directions : (place, 3), unit vectors: front, left, up
    shares     : (place,), how much of the sound's directions lies there, against the strongest place's 1
    """

    directions: NDArray[np.float64]
    shares: NDArray[np.float64]


class SoundField:
    """Gathers the directions of a whole clip, with the memory of one chunk."""

    def __init__(self) -> None:
        self._mass = np.zeros(COLUMNS * ROWS)
        self._sum = np.zeros((COLUMNS * ROWS, 3))  # of the bins' own directions: cells are coarse
        self._sound = np.zeros((CHANNELS, 0), np.float32)
        self._energy = np.zeros((1, len(_bins())), np.float32)  # of the frame before

    def tap(self, chunks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Pass on what a microphone for all directions hears, (1, sample), and take note of where it comes from.

        chunks : (channel, sample) at 16 kHz, four channels or, of a higher order, more
        """
        for chunk in chunks:
            self._gather(chunk[:CHANNELS])
            yield chunk[:1]

    def places(self) -> Places:
        """The places that most of the sound came from so far; none where it came from everywhere alike."""
        cells = _cells()
        closeness = cells @ cells.T
        blur = np.exp((closeness - 1) / np.radians(BLUR_DEG) ** 2)
        most = (blur @ self._mass).max()
        found: list[NDArray[np.float64]] = []
        shares: list[float] = []
        left = self._mass.copy()
        if most > LEAST_CONTRAST * blur.sum(axis=1).mean() * self._mass.mean():
            while len(found) < MOST_PLACES and (density := blur @ left).max() >= LEAST_SHARE * most:
                near = closeness[density.argmax()] > np.cos(np.radians(2 * BLUR_DEG))
                middle = self._sum[near & (left > 0)].sum(axis=0)
                found.append(middle / np.linalg.norm(middle))
                shares.append(density.max() / most)
                left[cells @ found[-1] > np.cos(np.radians(APART_DEG))] = 0
        return Places(np.array(found).reshape(-1, 3), np.array(shares))

    def _gather(self, chunk: NDArray[np.float32]) -> None:
        sound = np.concatenate([self._sound, chunk], axis=1)
        frames = max(0, (sound.shape[1] - FRAME) // HOP + 1)
        self._sound = sound[:, frames * HOP :]
        if not frames:
            return
        intensity, energy = _intensity(_spectrum(sound[:, : (frames - 1) * HOP + FRAME]))
        length = np.linalg.norm(intensity, axis=0)
        before = np.concatenate([self._energy, energy[:-1]])
        self._energy = energy[-1:]
        tiny = np.float32(1e-20)
        risen = np.clip(1 - before / (energy + tiny), 0, 1)
        weight = np.sqrt(energy) * risen * (length / (energy + tiny)) ** SHARPNESS
        x, y, z = direction = intensity / (length + tiny)
        column = ((np.arctan2(y, x) / (2 * np.pi) + 0.5) * COLUMNS).astype(int) % COLUMNS
        row = np.clip(((z + 1) / 2 * ROWS).astype(int), 0, ROWS - 1)
        cell = (row * COLUMNS + column).ravel()
        self._mass += np.bincount(cell, weight.ravel(), COLUMNS * ROWS)
        for axis, part in enumerate(direction):
            self._sum[:, axis] += np.bincount(cell, (weight * part).ravel(), COLUMNS * ROWS)


def unmixing(directions: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weights of the four channels that follow the sound from each direction (place, 3) and, as far as four can, from
    no other.

    Returns (place, channel): the least squares solution that expects some sound from all sides as well.
    """
    mixing = np.stack([plane_wave(direction) for direction in directions], axis=1)
    diffuse = LOUDNESS_OF_NOISE * len(directions) * np.eye(CHANNELS)
    return (mixing.T @ np.linalg.inv(mixing @ mixing.T + diffuse)).astype(np.float32)


def plane_wave(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """How loud each channel (4,) hears a wave from a unit vector (3,)."""
    x, y, z = direction
    return np.array([1.0, y, z, x])


def unit_vector(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    """(3,): front, left, up."""
    azimuth, elevation = np.radians([azimuth_deg, elevation_deg])
    flat = np.cos(elevation)
    return np.array([np.cos(azimuth) * flat, -np.sin(azimuth) * flat, np.sin(elevation)])


def degrees(direction: NDArray[np.float64]) -> tuple[float, float]:
    """Azimuth, -180 to 180, and elevation, -90 to 90, of a unit vector (3,)."""
    x, y, z = direction
    return float(np.degrees(np.arctan2(-y, x))), float(np.degrees(np.arcsin(np.clip(z, -1, 1))))


def behaves_like_ambix(sound: NDArray[np.float32]) -> bool:
    """Whether four channels (channel, sample) at 16 kHz can be AmbiX, by their energies; silence cannot."""
    if sound.shape[1] < FRAME:
        return False
    energy = np.square(np.abs(_spectrum(sound))).sum(axis=(1, 2))
    low, high = ENERGY_RATIO
    return bool(low * energy[0] < energy[1:].sum() < high * energy[0])


def is_ambix(sound: NDArray[np.float32]) -> bool:
    """Whether four channels (channel, sample) at 16 kHz must be AmbiX: beside their energies, enough of what begins is
    single waves, and from where no loudspeakers or microphones would seem to send them.

    Independent channels (stems, ambience) agree about no wave, and microphones apart do so out of phase. Of
    loudspeakers, what is in the middle of left and right alone would be a wave from the left (Y like W), or with the
    surrounds from above and before it too: sound that comes from there only may be either, and is not believed.
    """
    if not behaves_like_ambix(sound):
        return False
    intensity, energy = _intensity(_spectrum(sound))
    length = np.linalg.norm(intensity, axis=0)
    tiny = np.float32(1e-20)
    before = np.concatenate([np.zeros_like(energy[:1]), energy[:-1]])
    begins = np.maximum(energy - before, 0)
    waves = begins * (length > WAVE * energy)
    front, left, up = intensity / (length + tiny)
    elsewhere = waves * ~((left > 0.3) & (front > -0.3) & (up > -0.3))
    return bool(waves.sum() > LEAST_WAVES * begins.sum() and elsewhere.sum() > LEAST_ELSEWHERE * waves.sum())


def _spectrum(sound: NDArray[np.float32]) -> NDArray[np.complex64]:
    """(channel, sample) -> (channel, frame, bin), the bins from LOWEST_HZ to HIGHEST_HZ."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME, axis=1)[:, ::HOP]
    return np.fft.rfft(frames * np.hanning(FRAME).astype(np.float32), axis=2)[..., _bins()].astype(np.complex64)


def _intensity(spectrum: NDArray[np.complex64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Intensity (3: front left up, frame, bin) and energy (frame, bin), on one scale, of (channel, frame, bin)."""
    pressure, velocity = spectrum[0], spectrum[[3, 1, 2]]
    energy = (np.square(np.abs(pressure)) + np.square(np.abs(velocity)).sum(axis=0)) / 2
    return (pressure.conj() * velocity).real, energy


@lru_cache
def _bins() -> NDArray[np.int64]:
    hertz = np.fft.rfftfreq(FRAME, 1 / RATE_HZ)
    return np.flatnonzero((hertz >= LOWEST_HZ) & (hertz <= HIGHEST_HZ))


@lru_cache
def _cells() -> NDArray[np.float64]:
    """The middles of the cells, unit vectors (row × column, 3)."""
    z = (np.arange(ROWS) + 0.5) / ROWS * 2 - 1
    turn = ((np.arange(COLUMNS) + 0.5) / COLUMNS - 0.5) * 2 * np.pi
    z, turn = (grid.ravel() for grid in np.meshgrid(z, turn, indexing="ij"))
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)
