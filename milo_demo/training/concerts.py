"""Concerts made up on the fly: random ensembles in random rooms, with exact truth for every step.

Truth is 1 where a label sounds, 0 where it does not, and UNKNOWN where nothing may be claimed: an instrument buried
under the others, a dying note, a look-alike from outside the taxonomy.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, oaconvolve, sosfilt

from milo_demo.features.log_mel import RATE_HZ, STEP, log_mel
from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.instruments import LABELS
from milo_demo.training.library import Library, Take

STEPS = 10
"""Length of a concert: 5.12 s."""
SAMPLES = STEPS * STEP
UNKNOWN = 2
AUDIBLE_BELOW_PEAK_DB = 30.0
AUDIBLE_BELOW_MIX_DB = 20.0
ROOMS = 300
BAND = "mir1k/accompaniment"
"""Source of bands that accompany singers."""


class Concerts:
    """Draws concerts from one split of a library.

    A label is drawn first, evenly but for the voice, which music has more of; then a real recording (the more sources
    of them there are, the likelier) or a sound font; then where it comes from, evenly; then a stretch of it.
    """

    def __init__(self, library: Library, split: str, seed: int) -> None:
        self._library = library
        self._rng = np.random.default_rng(seed)
        self._players: dict[str, dict[str, dict[str, list[Take]]]] = defaultdict(lambda: defaultdict(dict))
        self._others: dict[str, dict[str, list[Take]]] = defaultdict(dict)
        for take in library.takes:
            if take.split == split:
                group = self._others[take.kind] if take.label is None else self._players[take.label][take.kind]
                group.setdefault(take.source, []).append(take)
        self._labels = sorted(self._players)
        chances = np.array([3.0 if label == "voice" else 1.0 for label in self._labels])
        self._chances = chances / chances.sum()
        self._rooms = [_room(self._rng) for _ in range(ROOMS)]

    def draw(self, hardness: float, size: int | None = None) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """One concert.

        hardness : 0 (mostly solos, close by, in full) to 1 (more players, rooms, noise, entries and rests)
        size     : how many labels play, 0 to 5; by default as chance will have it

        Returns sound (sample,) of SAMPLES samples, brought to one loudness, and truth (label, step).
        """
        rng = self._rng
        sizes = np.array([0.20, 0.60 - 0.22 * hardness, 0.17, 0.07 + 0.1 * hardness, 0.02 + 0.12 * hardness])
        if size is None:
            size = rng.choice(5, p=sizes / sizes.sum())
            size += size == 4 and rng.random() < 0.5
        labels = rng.choice(self._labels, size, replace=False, p=self._chances)
        if "voice" in labels and BAND in self._others["other"] and rng.random() < 0.5:
            # Songs are seldom sung alone.
            players = [self._player("voice"), self._any({BAND: self._others["other"][BAND]})]
        else:
            players = [self._player(label) for label in labels]
            outsiders = (size == 0) + (rng.random() < (0.4 if size == 0 else 0.1 + 0.1 * hardness))
            players += [self._outsider() for _ in range(outsiders)]
        stems = []
        for take in players:
            stem = self._library.read(take, rng.integers(max(1, take.length - SAMPLES)), SAMPLES)
            if size and rng.random() < 0.35 * hardness:
                stem = _entry(stem, rng)
            power = np.sqrt(np.mean(np.square(stem))) + 1e-4
            stems.append(stem / max(power, 0.02) * 10 ** (rng.uniform(-4 - 6 * hardness, 0) / 20))
        truth = _truth(stems, players)
        sound = np.sum(stems, axis=0)
        if rng.random() < 0.1:
            sound = np.tanh(sound * rng.uniform(0.5, 4))  # an overloaded microphone
        if rng.random() < 0.35 + 0.45 * hardness:
            sound = oaconvolve(sound, self._rooms[rng.integers(ROOMS)])[:SAMPLES]
        if rng.random() < 0.2 + 0.3 * hardness:
            sound = self._with_noise(sound, rng.uniform(8, 45))
        sound = sound.astype(np.float32)
        return normalise(sound, levels_dbfs(sound)), truth

    def _player(self, label: str) -> Take:
        kinds = self._players[label]
        sources = len(kinds["real"]) if "real" in kinds else 0
        real = 0.75 * sources / (sources + 1) if "font" in kinds else 1.0
        return self._any(kinds["real" if self._rng.random() < real else "font"])

    def _outsider(self) -> Take:
        """Noise, speech or an instrument of no label."""
        negative = self._others["negative"]
        chance = self._rng.random()
        if chance < 0.25 and "other" in self._others:
            return self._any(self._others["other"])
        if chance < 0.55:
            return self._any({"speech": negative["speech"]})
        if chance < 0.72:
            return self._any({"made-up noise": negative["made-up noise"]})
        return self._any({source: takes for source, takes in negative.items() if source != "speech"})

    def _any(self, sources: dict[str, list[Take]]) -> Take:
        takes = sources[list(sources)[self._rng.integers(len(sources))]]
        return takes[self._rng.integers(len(takes))]

    def _with_noise(self, sound: NDArray[np.float64], ratio_db: float) -> NDArray[np.float64]:
        take = self._any({s: takes for s, takes in self._others["negative"].items() if s != "speech"})
        noise = self._library.read(take, self._rng.integers(take.length), SAMPLES)
        scale = np.sqrt(np.mean(np.square(sound)) / (np.mean(np.square(noise)) + 1e-9))
        return sound + noise * scale * 10 ** (-ratio_db / 20)


def batches(
    concerts: Concerts, batch: int, hardness: float, size: int | None = None
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless batches: features (batch, window, band, frame) as float16, truth (batch, label, step) as uint8."""
    while True:
        sounds, truths = zip(*(concerts.draw(hardness, size) for _ in range(batch)), strict=True)
        features = log_mel(torch.from_numpy(np.stack(sounds)))
        yield features.half(), torch.from_numpy(np.stack(truths))


def _entry(stem: NDArray[np.float32], rng: Generator) -> NDArray[np.float32]:
    """The stem with its beginning or its end left out, faded over 50 ms."""
    at = rng.uniform(0.2, 0.8) * len(stem)
    fade = np.clip((np.arange(len(stem)) - at) / (0.05 * RATE_HZ), 0, 1).astype(np.float32)
    return stem * (fade if rng.random() < 0.5 else 1 - fade)


def _truth(stems: list[NDArray[np.float32]], players: list[Take]) -> NDArray[np.uint8]:
    """(label, step) from the dry stems: who sounds, against the own peak and against everybody together."""
    mix = levels_dbfs(np.sum(stems, axis=0))
    truth = np.zeros((len(LABELS), STEPS), np.uint8)
    for take, stem in zip(players, stems, strict=True):
        level = levels_dbfs(stem)
        sounds = level > max(level.max() - AUDIBLE_BELOW_PEAK_DB, -70.0)
        for label in take.unknown:
            row = truth[LABELS.index(label)]
            row[sounds & (row == 0)] = UNKNOWN
        if take.label:
            row = truth[LABELS.index(take.label)]
            buried = level < mix - AUDIBLE_BELOW_MIX_DB
            ringing = np.roll(sounds, 1) & ~sounds
            ringing[0] = False
            row[ringing | (sounds & buried)] = UNKNOWN
            row[sounds & ~buried] = 1
    return truth


def _room(rng: Generator) -> NDArray[np.float32]:
    """Impulse response of a room and of the microphone in it, up to 0.8 s: direct sound, early reflections, a tail that
    dies sooner at high frequencies, and the microphone's own band limits and colour."""
    samples = int(0.8 * RATE_HZ)
    response = np.zeros(samples)
    if rng.random() < 0.8:  # else outdoors or close by
        decay_s = 10 ** rng.uniform(-0.9, 0.2)  # 0.13 to 1.6 s to fall by 60 dB
        time_s = np.arange(samples) / RATE_HZ
        tail = rng.standard_normal(samples) * 10 ** (-3 * time_s / decay_s)
        dull = sosfilt(butter(1, rng.uniform(1500, 6000), fs=RATE_HZ, output="sos"), tail)
        tail = np.where(time_s < 0.03, tail, dull)
        for _ in range(rng.integers(4, 12)):
            tail[rng.integers(30, 800)] += rng.choice([-1, 1]) * rng.uniform(1, 6)
        tail[: rng.integers(20, 200)] = 0
        response += tail / np.sqrt(np.sum(np.square(tail))) * 10 ** (-rng.uniform(-2, 20) / 20)
    response[0] += 1
    response = sosfilt(butter(2, rng.uniform(30, 250), "highpass", fs=RATE_HZ, output="sos"), response)
    if rng.random() < 0.4:
        order = int(rng.integers(1, 5))
        response = sosfilt(butter(order, rng.uniform(2000, 7500), fs=RATE_HZ, output="sos"), response)
    return response.astype(np.float32)
