"""Tempo: beats per minute over time, after librosa's beat tracking (Ellis 2007, dynamic programming).

Onset strength says how much begins at a moment; where it repeats itself, its autocorrelation has a peak at the distance
of the beats, and at its halves and doubles as well. Which of them is the beat `metre` decides; at that tempo librosa
lays the beats. What counts in the end is how far apart the beats lie, which is finer than the autocorrelation's grid.

Where nothing repeats clearly (speech, noise, rubato, a held note) there is no tempo: nan, not a guess. Half and double
time can be mistaken for each other, as people do: of the whole clip both candidates are told, with their strengths.

librosa takes seconds to import (`compiled`), so this module does that with its first use only.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from milo_demo.features import metre
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.machine import compiled

HOP = 256
"""Samples between two values of the onset strength: 16 ms, about what the ear tells apart in a rhythm."""
FRAMES_PER_STEP = STEP // HOP
FRAMES_PER_MINUTE = 60 * RATE_HZ / HOP
WINDOW = 1024
BANDS = 64
EDGES_HZ = (160.0, 3000.0)
"""Between low (kick, bass), middle (snare, most notes) and high (hi-hat)."""
LOUDNESS = 0.3
"""Of power: how loud it is to the ear (Stevens 1957)."""
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

RELATIVES = (2.0, 1 / 2, 3.0, 1 / 3)
"""What a tempo is mistaken for, as multiples of it."""
NEAR = 0.04
"""Tempi no further apart than this share are the same."""

SELDOM = 0.2
"""A clip that keeps a tempo in no more than this share of its steps has none as a whole."""


@dataclass(frozen=True)
class Tempo:
    """How fast the music is.

    bpm        : (step,), beats per minute; nan where no beat is clear
    candidates : of the clip as a whole, its tempo (`overall_bpm`) and the half, double, third or triple of it that
                 is meant as well: (beats per minute, strength), the strengths summing to 1; empty without a tempo
    """

    bpm: NDArray[np.float32]
    candidates: tuple[tuple[float, float], ...] = ()


class Onsets:
    """Listens to a stream on its way to someone else, and keeps its onset strength: 1.2 MB for 20 minutes."""

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
        """Onset strength so far, (frame, 4), one every HOP samples: the mean rise in dB over all mel bands; and that in
        loudness over the low, the middle and the high ones. In decibels a soft hi-hat rises out of silence about as
        much as a kick; in loudness it leaves the low bands to the kick."""
        return np.concatenate([np.zeros((0, len(EDGES_HZ) + 2), np.float32), *self._parts])

    def padded(self, steps: int) -> NDArray[np.float32]:
        """`strength` of a clip that has so many steps, silence added or the rest left out: (frame, band)."""
        strength, frames = self.strength(), steps * FRAMES_PER_STEP
        return np.pad(strength, ((0, max(0, frames - len(strength))), (0, 0)))[:frames]

    def _take(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Onset strength of the whole frames in `sound`; returns what the next frames need of it."""
        frames = (len(sound) - WINDOW) // HOP + 1
        if frames < 2:
            return sound
        librosa = compiled.librosa()
        power = librosa.feature.melspectrogram(
            y=sound[: (frames - 1) * HOP + WINDOW],
            sr=RATE_HZ,
            n_fft=WINDOW,
            hop_length=HOP,
            n_mels=BANDS,
            center=False,
        )
        # The first frame is the last one of the chunk before, there for the difference only.
        level_db = librosa.power_to_db(power, amin=FLOOR, top_db=None)
        loudness = np.split(power**LOUDNESS, np.searchsorted(_middles_hz(), EDGES_HZ))
        rises = [np.maximum(np.diff(values, axis=1), 0).mean(axis=0) for values in (level_db, *loudness)]
        self._parts.append(np.stack(rises, axis=1).astype(np.float32))
        return sound[(frames - 1) * HOP :]


def follow(onsets: Onsets, steps: int) -> Tempo:
    """The tempo at every step of the analysis grid, and the clip's as a whole.

    onsets : of the whole clip
    steps  : how many steps it has
    """
    bands = onsets.padded(steps)
    strength = bands[:, 0]
    bpm = np.full(steps, np.nan, np.float32)
    if not strength.any():
        return Tempo(bpm)
    librosa = compiled.librosa()
    grid: dict[str, Any] = {"sr": RATE_HZ, "hop_length": HOP}
    logs = metre.strengths(bands, steps)
    meant = metre.TEMPI_BPM[metre.follow(logs)]
    bpm_of_frames = np.repeat(meant, FRAMES_PER_STEP)
    # Trimmed: where nothing sounds any more, the last beats are laid anyhow.
    _, beats = librosa.beat.beat_track(onset_envelope=strength, bpm=bpm_of_frames, trim=True, **grid)
    clarity, likely = _clarity(strength, steps)
    long = likely * min(steps, 2 * REACH + 1) * FRAMES_PER_STEP / FRAMES_PER_MINUTE >= FEWEST_BEATS
    for step in np.flatnonzero((clarity >= CLEAR) & long):
        # At the clip's ends as many beats are looked at as elsewhere: slow ones would be too few.
        first = min(max(0, step - REACH), max(0, steps - 2 * REACH - 1))
        near = beats[(beats >= first * FRAMES_PER_STEP) & (beats < (first + 2 * REACH + 1) * FRAMES_PER_STEP)]
        if len(near) >= FEWEST_BEATS:
            apart = np.diff(near)
            even = apart[np.abs(apart / np.sort(apart)[len(apart) // 2] - 1) <= SLIP]
            laid = FRAMES_PER_MINUTE / even.mean()
            bpm[step] = laid if abs(laid / meant[step] - 1) <= SLIP / 2 else meant[step]
    return Tempo(bpm, _candidates(bpm, logs))


@cache
def _middles_hz() -> NDArray[np.float64]:
    """Middle of each mel band."""
    librosa = compiled.librosa()
    return librosa.mel_frequencies(BANDS + 2, fmin=0, fmax=RATE_HZ / 2)[1:-1]


def overall_bpm(bpm: NDArray[np.float32]) -> float | None:
    """The clip's tempo: the median of what is known of it step by step, or None where hardly a step has one."""
    known = bpm[~np.isnan(bpm)]
    return float(np.median(known)) if len(known) > SELDOM * len(bpm) else None


def _candidates(bpm: NDArray[np.float32], logs: NDArray[np.float32]) -> tuple[tuple[float, float], ...]:
    """The clip's tempo and the strongest of its relatives, see `Tempo`.

    bpm  : (step,)
    logs : (step, tempo) of `metre.strengths`
    """
    overall = overall_bpm(bpm)
    if overall is None:
        return ()
    strengths = np.exp(logs[~np.isnan(bpm)]).mean(axis=0)
    octaves = np.abs(np.log(metre.TEMPI_BPM[:, None] / (overall * np.array([1.0, *RELATIVES]))))
    own, *others = (np.where(octaves <= NEAR, strengths[:, None], 0)).sum(axis=0).tolist()
    second = int(np.argmax(others))
    share = own / max(own + others[second], np.finfo(float).tiny)
    return (overall, share), (overall * RELATIVES[second], 1 - share)


def _clarity(strength: NDArray[np.float32], steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How clearly the onsets (frame,) around each step repeat, (step,), 1 being perfectly: the autocorrelation at the
    distance that librosa finds most likely, made up for the shorter overlap at longer distances; and that distance as
    beats per minute, (step,)."""
    librosa = compiled.librosa()
    rises = strength - uniform_filter1d(strength, round(TREND))
    reach = REACH * FRAMES_PER_STEP
    around = librosa.util.frame(
        np.pad(rises, reach), frame_length=2 * reach + FRAMES_PER_STEP, hop_length=FRAMES_PER_STEP
    )
    similar = librosa.autocorrelate(around, axis=0)
    salience = np.maximum(similar, 0) / np.maximum(similar[0], np.finfo(np.float32).tiny)
    grid: dict[str, Any] = {"sr": RATE_HZ, "hop_length": HOP}
    overall = librosa.feature.tempo(tg=salience, **grid)
    likely = librosa.feature.tempo(tg=salience, start_bpm=overall.item(), aggregate=None, **grid)
    distances = np.rint(FRAMES_PER_MINUTE / likely).astype(int)
    return salience[distances, np.arange(steps)] / (1 - distances / len(salience)), likely


@cache
def warm() -> None:
    """Import and compile what this module takes from librosa before its first use: some seconds, once per process."""
    onsets = Onsets()
    clicks = np.zeros((10, RATE_HZ // 2), np.float32)
    clicks[:, 0] = 1
    for _ in onsets.tap([clicks]):
        pass
    follow(onsets, steps=1)
