"""Tempo: beats per minute over time, after librosa's beat tracking (Ellis 2007, dynamic programming).

Onset strength says how much begins at a moment; where it repeats itself, its autocorrelation has a peak at the distance
of the beats. librosa picks that distance step by step, leaning to the clip's own tempo, and lays the beats. What counts
in the end is how far apart the beats lie, which is finer than the autocorrelation's grid.

Where nothing repeats clearly (speech, noise, rubato, a held note) there is no tempo: nan, not a guess. Half and double
time can be mistaken for each other, as people do.

librosa takes seconds to import (it compiles), so this module does that with its first use only.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from milo_demo import machine
from milo_demo.features.log_mel import RATE_HZ, STEP

machine.give_numba_a_cache()  # before anything here imports librosa

HOP = 256
"""Samples between two values of the onset strength: 16 ms, about what the ear tells apart in a rhythm."""
FRAMES_PER_STEP = STEP // HOP
FRAMES_PER_MINUTE = 60 * RATE_HZ / HOP
WINDOW = 1024
BANDS = 64
FLOOR = 1e-6
"""Mel power that counts as silence, about -90 dBFS: what lies under it has no onsets."""
REACH = 8
"""Steps on either side (about 4 s) over which a tempo is taken: some eight beats."""
TREND = FRAMES_PER_MINUTE / 60
"""Frames (1 s) of the moving mean that is taken off: an onset stands out of what is around it."""
CLEAR = 0.35
"""Autocorrelation at the distance of the beats, 0-1, from which they count as clear. Rendered scores of all kinds then
keep a tempo in 85 % of their steps, speech in 4 %, noise (whose clocks tick) in 15 %."""
FEWEST_BEATS = 5
SLIP = 0.2
"""Beats that lie this much nearer or farther than most, as a share, were missed or made up, and do not count."""

SELDOM = 0.2
"""A clip that keeps a tempo in no more than this share of its steps has none as a whole."""


class Onsets:
    """Listens to a stream on its way to someone else, and keeps its onset strength: 300 kB for 20 minutes."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.float32]] = []

    def tap(self, chunks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Pass on `chunks` (mono at 16 kHz, in pieces of any length) as they are."""
        sound = np.zeros(WINDOW // 2 + HOP, np.float32)  # so that frame k is centred on sample k HOP
        for chunk in chunks:
            sound = np.concatenate([sound, np.asarray(chunk, np.float32).reshape(-1)])
            sound = self._take(sound)
            yield chunk
        self._take(np.pad(sound, (0, WINDOW)))

    def strength(self) -> NDArray[np.float32]:
        """Onset strength so far, (frame,), one every HOP samples: the mean rise in dB over the bands."""
        return np.concatenate([np.zeros(0, np.float32), *self._parts])

    def _take(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Onset strength of the whole frames in `sound`; returns what the next frames need of it."""
        frames = (len(sound) - WINDOW) // HOP + 1
        if frames < 2:
            return sound
        import librosa

        power = librosa.feature.melspectrogram(
            y=sound[: (frames - 1) * HOP + WINDOW],
            sr=RATE_HZ,
            n_fft=WINDOW,
            hop_length=HOP,
            n_mels=BANDS,
            center=False,
        )
        level_db = librosa.power_to_db(power, amin=FLOOR, top_db=None)
        # The first frame is the last one of the chunk before, there for the difference only.
        self._parts.append(librosa.onset.onset_strength(S=level_db, sr=RATE_HZ, hop_length=HOP, center=False)[1:])
        return sound[(frames - 1) * HOP :]


def tempo_bpm(strength: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Beats per minute at every step of the analysis grid.

    strength : (frame,) of `Onsets`
    steps    : how many steps the clip has

    Returns (steps,); nan where no beat is clear.
    """
    bpm = np.full(steps, np.nan, np.float32)
    strength = np.pad(strength, (0, max(0, steps * FRAMES_PER_STEP - len(strength))))[: steps * FRAMES_PER_STEP]
    if not strength.any():
        return bpm
    import librosa

    salience = _salience(strength, steps)
    grid: dict[str, Any] = {"sr": RATE_HZ, "hop_length": HOP}
    overall = librosa.feature.tempo(tg=salience, **grid)
    rough = librosa.feature.tempo(tg=salience, start_bpm=overall.item(), aggregate=None, **grid)
    bpm_of_frames = np.repeat(rough, FRAMES_PER_STEP)
    _, beats = librosa.beat.beat_track(onset_envelope=strength, bpm=bpm_of_frames, trim=False, **grid)
    for step in np.flatnonzero(_clarity(salience, rough) >= CLEAR):
        first, last = (step - REACH) * FRAMES_PER_STEP, (step + 1 + REACH) * FRAMES_PER_STEP
        near = beats[(beats >= first) & (beats < last)]
        if len(near) >= FEWEST_BEATS:
            apart = np.diff(near)
            even = apart[np.abs(apart / np.sort(apart)[len(apart) // 2] - 1) <= SLIP]
            bpm[step] = FRAMES_PER_MINUTE / even.mean()
    return bpm


def overall_bpm(bpm: NDArray[np.float32]) -> float | None:
    """The clip's tempo: the median of `tempo_bpm`, or None where hardly a step has one."""
    known = bpm[~np.isnan(bpm)]
    return float(np.median(known)) if len(known) > SELDOM * len(bpm) else None


def _salience(strength: NDArray[np.float32], steps: int) -> NDArray[np.float64]:
    """How much the onsets around each step repeat at each distance, (distance in frames, step), 1 at distance 0."""
    import librosa

    rises = strength - uniform_filter1d(strength, round(TREND))
    reach = REACH * FRAMES_PER_STEP
    around = librosa.util.frame(
        np.pad(rises, reach), frame_length=2 * reach + FRAMES_PER_STEP, hop_length=FRAMES_PER_STEP
    )
    similar = librosa.autocorrelate(around, axis=0)
    return np.maximum(similar, 0) / np.maximum(similar[0], np.finfo(np.float32).tiny)


def _clarity(salience: NDArray[np.float64], bpm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Salience of each step's tempo, (step,), made up for the shorter overlap at longer distances."""
    distances = np.rint(FRAMES_PER_MINUTE / bpm).astype(int)
    overlap = 1 - distances / len(salience)
    return salience[distances, np.arange(len(bpm))] / overlap


@cache
def warm() -> None:
    """Import and compile what this module takes from librosa: some seconds, once per process, and before its first use.

    One process at a time: two that compile at once leave a cache on disk that crashes whoever reads it (numba 10128).
    """
    with machine.alone("librosa"):
        onsets = Onsets()
        clicks = np.zeros((10, RATE_HZ // 2), np.float32)
        clicks[:, 0] = 1
        for _ in onsets.tap([clicks]):
            pass
        tempo_bpm(onsets.strength(), steps=1)
