"""Mixtures made up on the fly: random ensembles in random rooms, with exact truth for every step.

Truth is 1 where a label sounds, 0 where it does not, and UNKNOWN where nothing may be claimed: an instrument buried
under the others, a dying note, a look-alike from outside the taxonomy. All sound is made in batches on the device that
trains, so that no training waits for it.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt
from torch import Tensor

from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.training.hearing.instrumentation import claimed
from milo_demo.training.hearing.library import Library, Take, latest_starts

STEPS = 10
"""Length of a mixture: 5.12 s."""
SAMPLES = STEPS * STEP
UNKNOWN = 2
AUDIBLE_BELOW_PEAK_DB = 30.0
AUDIBLE_BELOW_MIX_DB = 20.0
ROOMS = 300
ROOM_SAMPLES = int(1.6 * RATE_HZ)
KNOTS_HZ = (60, 120, 250, 500, 1000, 2000, 4000, 8000)
"""Between these the tone colour of a recording, the microphone's and the loudspeaker's, moves evenly."""
BAND = "mir1k/accompaniment"
"""Source of bands that accompany singers."""


class Mixtures:
    """Draws mixtures from one split of a library.

    A label is drawn first, evenly but for the voice, which music has more of; then a real recording (the more sources
    of them there are, the likelier) or a sound font; then where it comes from, evenly; then a stretch of it, played a
    little faster or slower.

    from_scores : share of the ensembles that play parts of one score; in the others, everyone plays something else
    outsiders   : whether instruments of no label may play too
    strangers   : share of the mixtures in which one of them plays alone
    families    : whether the truth says of families too what sounds, after the labels
    """

    def __init__(
        self,
        library: Library,
        split: str,
        seed: int,
        from_scores: float = 0.4,
        outsiders: bool = True,
        strangers: float = 0.0,
        families: bool = False,
    ) -> None:
        self._library = library
        self._device = library.device
        self._from_scores, self._strangers, self._families = from_scores, strangers, families
        self._rng = np.random.default_rng(seed)
        self._players: dict[str, dict[str, dict[str, list[Take]]]] = defaultdict(lambda: defaultdict(dict))
        self._others: dict[str, dict[str, list[Take]]] = defaultdict(dict)
        for take in library.takes:
            if take.split == split and (outsiders or take.kind != "other"):
                group = self._others[take.kind] if take.label is None else self._players[take.label][take.kind]
                group.setdefault(take.source, []).append(take)
        pieces = defaultdict(dict)
        for take in library.takes:
            if take.split == split and take.piece:
                pieces[take.piece][take.label] = take
        self._pieces = [list(parts.values()) for parts in pieces.values() if None not in parts and len(parts) > 1]
        self._labels = sorted(self._players)
        chances = np.array([3.0 if label == "voice" else 1.0 for label in self._labels])
        self._chances = chances / chances.sum()
        self._spectrum = 1 << (SAMPLES + ROOM_SAMPLES).bit_length()
        rooms = torch.from_numpy(np.stack([room(self._rng) for _ in range(ROOMS)]))
        self._rooms = torch.fft.rfft(rooms, self._spectrum).to(self._device)
        self._colour = self._on_device(between_knots(KNOTS_HZ, self._spectrum))

    def draw(self, batch: int, hardness: float, size: int | None = None) -> tuple[Tensor, Tensor]:
        """A batch of mixtures.

        hardness : 0 (mostly solos, close by, in full) to 1 (more players, rooms, noise, entries and rests)
        size     : how many labels play, 0 to 6; by default as chance will have it

        Returns sound (batch, sample) of SAMPLES samples, brought to one loudness, and truth (batch, label, step), with
        `families` (batch, label + family, step).
        """
        rng = self._rng
        ensembles = [self._ensemble(hardness, size) for _ in range(batch)]
        players = [take for ensemble in ensembles for take in ensemble]
        group = np.repeat(np.arange(batch), [len(ensemble) for ensemble in ensembles])
        mixture = torch.from_numpy(group).to(self._device)
        stems = self._play(players, group)
        leaving = torch.from_numpy(np.flatnonzero(rng.random(len(players)) < 0.35 * hardness)).to(self._device)
        stems[leaving] *= self._entries(len(leaving))
        power = stems.square().mean(dim=1).sqrt() + 1e-4
        gain = self._on_device(10 ** (rng.uniform(-4 - 8 * hardness, 0, len(players)) / 20))
        stems = stems * (gain / power.clamp(min=0.02))[:, None]
        sound = torch.zeros(batch, SAMPLES, device=self._device).index_add_(0, mixture, stems)
        claims = (self._on_device(table) > 0 for table in claimed(players, self._families))
        truth = _truth(levels_dbfs(stems), levels_dbfs(sound), mixture, *claims)
        sound = self._recorded(sound, hardness)
        # Up to 12 dB under the loudest within reach, as quiet passages are.
        quieter = self._on_device(10 ** (-np.maximum(0, rng.uniform(-12, 12, batch)) / 20))
        return normalise(sound, levels_dbfs(sound)) * quieter[:, None], truth

    def _ensemble(self, hardness: float, size: int | None) -> list[Take]:
        rng = self._rng
        if size is None and self._strangers and rng.random() < self._strangers:
            return [self._any(self._others["other"])]
        if size is None:
            chances = np.array([0.20, 0.60, 0.15, 0.05, 0.0, 0.0, 0.0])
            chances += hardness * np.array([-0.02, -0.32, 0.04, 0.11, 0.10, 0.05, 0.04])
            size = int(np.searchsorted(chances.cumsum(), rng.random() * chances.sum()))
        if size > 1 and self._pieces and rng.random() < self._from_scores:
            parts = self._pieces[rng.integers(len(self._pieces))]
            return [parts[k] for k in rng.permutation(len(parts))[:size]]
        labels = rng.choice(self._labels, min(size, len(self._labels)), replace=False, p=self._chances)
        if "voice" in labels and BAND in self._others["other"] and rng.random() < 0.5:
            return [self._player("voice"), self._band()]  # songs are seldom sung alone
        ensemble = [self._player(label) for label in labels]
        chance = rng.random()
        if size == 0:
            ensemble.append(self._band() if BAND in self._others["other"] and chance < 0.15 else self._outsider())
            chance = rng.random() / 3
        if chance < 0.1 + 0.1 * hardness:
            ensemble.append(self._outsider())
        return ensemble

    def _player(self, label: str) -> Take:
        kinds = self._players[label]
        sources = len(kinds["real"]) if "real" in kinds else 0
        real = 0.75 * sources / (sources + 1) if "font" in kinds else 1.0
        return self._any(kinds["real" if self._rng.random() < real else "font"])

    def _band(self) -> Take:
        return self._any({BAND: self._others["other"][BAND]})

    def _outsider(self) -> Take:
        """Noise, speech or an instrument of no label."""
        negative = self._others["negative"]
        chance = self._rng.random()
        if chance < 0.25 and self._others["other"]:
            return self._any(self._others["other"])
        if chance < 0.55:
            return self._any(_speech(negative))
        if chance < 0.68:
            return self._any({"made-up noise": negative["made-up noise"]})
        return self._any(_noise(negative))

    def _any(self, sources: dict[str, list[Take]]) -> Take:
        takes = sources[list(sources)[self._rng.integers(len(sources))]]
        return takes[self._rng.integers(len(takes))]

    def _play(self, takes: list[Take], group: NDArray[np.int64]) -> Tensor:
        """A stretch of each take from anywhere in it, at its own speed or up to an eighth faster or slower.

        group : (take,) takes of one group are treated alike, so that parts of a piece stay together
        """
        groups = group.max() + 1
        place = self._rng.random(groups)[group]
        starts = np.floor(place * (latest_starts(takes, SAMPLES) + 1)).astype(np.int64)
        speeds = self._rng.uniform(0.88, 1.13, groups)
        speeds[self._rng.random(groups) < 0.3] = 1.0
        return self._library.stretches(takes, starts, speeds[group], SAMPLES)

    def _entries(self, players: int) -> Tensor:
        """What players leave out, as a gain (player, sample): their beginning or their end, faded over 50 ms."""
        at = self._on_device(self._rng.uniform(0.2, 0.8, (players, 1))) * SAMPLES
        fade = ((torch.arange(SAMPLES, device=self._device) - at) / (0.05 * RATE_HZ)).clamp(0, 1)
        return torch.where(self._on_device(self._rng.random((players, 1))) < 0.5, fade, 1 - fade)

    def _recorded(self, sound: Tensor, hardness: float) -> Tensor:
        """The sound as a device in a room would have it: overloaded, reverberant and coloured, noisy, coded."""
        sound = self._in_rooms(self._overloaded(sound), hardness)
        return self._coded(self._noisy(sound, hardness))

    def _overloaded(self, sound: Tensor) -> Tensor:
        rng, batch = self._rng, len(sound)
        drive = self._on_device(np.where(rng.random(batch) < 0.1, rng.uniform(0.5, 4, batch), 0))[:, None]
        return torch.where(drive > 0, torch.tanh(sound * drive), sound)

    def _in_rooms(self, sound: Tensor, hardness: float) -> Tensor:
        rng, batch = self._rng, len(sound)
        rooms = torch.from_numpy(rng.integers(ROOMS, size=batch)).to(self._device)
        dry = self._on_device(rng.random(batch) > 0.35 + 0.45 * hardness)[:, None]
        decibels = self._on_device(rng.normal(0, 4, (batch, len(KNOTS_HZ)))) @ self._colour
        response = torch.where(dry > 0, torch.ones_like(self._rooms[:1]), self._rooms[rooms])
        spectrum = torch.fft.rfft(sound, self._spectrum) * response * 10 ** (decibels / 20)
        return torch.fft.irfft(spectrum, self._spectrum)[:, :SAMPLES]

    def _noisy(self, sound: Tensor, hardness: float) -> Tensor:
        rng = self._rng
        chosen = np.flatnonzero(rng.random(len(sound)) < 0.2 + 0.3 * hardness)
        if not len(chosen):
            return sound
        noise = self._play([self._any(_noise(self._others["negative"])) for _ in chosen], np.arange(len(chosen)))
        chosen = torch.from_numpy(chosen).to(self._device)
        louder = sound[chosen].square().mean(dim=1) / (noise.square().mean(dim=1) + 1e-9)
        ratio_db = self._on_device(rng.uniform(8, 45, len(noise)))
        gain = louder.sqrt() * 10 ** (-ratio_db / 20)
        return sound.index_add(0, chosen, noise * gain[:, None])

    def _coded(self, sound: Tensor) -> Tensor:
        rng = self._rng
        chosen = torch.from_numpy(np.flatnonzero(rng.random(len(sound)) < 0.25)).to(self._device)
        if len(chosen):
            depth_db = self._on_device(rng.uniform(12, 40, len(chosen)))
            sound[chosen] = _coded(sound[chosen], depth_db)
        return sound

    def _on_device(self, numbers: NDArray) -> Tensor:
        return torch.from_numpy(np.asarray(numbers, np.float32)).to(self._device)


def _speech(negative: dict[str, list[Take]]) -> dict[str, list[Take]]:
    return {source: takes for source, takes in negative.items() if source.startswith("speech")}


def _noise(negative: dict[str, list[Take]]) -> dict[str, list[Take]]:
    return {source: takes for source, takes in negative.items() if not source.startswith("speech")}


def _truth(levels: Tensor, mix: Tensor, mixture: Tensor, plays: Tensor, resembles: Tensor) -> Tensor:
    """Who sounds, against the own peak and against everybody together.

    levels    : (player, step) of the dry stems, dBFS
    mix       : (mixture, step) of their sums, dBFS
    mixture   : (player,) the one that each of the players is in
    plays     : (player, label) what each certainly plays
    resembles : (player, label) about what each says nothing

    Returns (mixture, label, step).
    """
    plays, resembles = plays[:, :, None], resembles[:, :, None]
    sounds = levels > (levels.amax(dim=1, keepdim=True) - AUDIBLE_BELOW_PEAK_DB).clamp(min=-70.0)
    buried = levels < mix[mixture] - AUDIBLE_BELOW_MIX_DB
    ringing = sounds.roll(1, 1) & ~sounds
    ringing[:, 0] = False

    def of_anyone(claims: Tensor) -> Tensor:
        count = torch.zeros(len(mix), *claims.shape[1:], device=levels.device)
        return count.index_add_(0, mixture, claims.float()) > 0

    heard = sounds & ~buried
    doubtful = ringing | (sounds & buried)
    certain = of_anyone(plays & heard[:, None])
    unknown = of_anyone((plays & doubtful[:, None]) | (resembles & sounds[:, None]))
    return torch.where(certain, 1, torch.where(unknown, UNKNOWN, 0)).to(torch.uint8)


def _coded(sound: Tensor, depth_db: Tensor) -> Tensor:
    """Holes such as low-bitrate codecs leave: what lies `depth_db` (batch,) under the loudest around it is gone."""
    window = torch.hann_window(1024, device=sound.device)
    spectrum = torch.stft(sound, 1024, 512, window=window, return_complex=True)
    level = spectrum.abs()
    around = torch.nn.functional.max_pool1d(level.transpose(1, 2), 65, stride=1, padding=32).transpose(1, 2)
    kept = level > around * 10 ** (-depth_db[:, None, None] / 20)
    return torch.istft(spectrum * kept, 1024, 512, window=window, length=sound.shape[-1])


def between_knots(knots_hz: Sequence[float], samples: int) -> NDArray[np.float32]:
    """(knot, frequency bin): how much of each knot's gain a bin has, linear over octaves.

    samples : of the sound whose spectrum the bins are
    """
    octaves = np.log2(np.maximum(np.fft.rfftfreq(samples, 1 / RATE_HZ), knots_hz[0]))
    knots = np.log2(knots_hz)
    return np.stack([np.interp(octaves, knots, row) for row in np.eye(len(knots))]).astype(np.float32)


def room(rng: Generator) -> NDArray[np.float32]:
    """Impulse response of a room and of the microphone in it, up to 1.6 s: direct sound, early reflections, a tail that
    dies sooner at high frequencies, and the microphone's band limits."""
    response = np.zeros(ROOM_SAMPLES)
    if rng.random() < 0.8:  # else outdoors or close by
        decay_s = 10 ** rng.uniform(-0.9, 0.5)  # 0.13 s to fall by 60 dB, to a gym's 3.2
        time_s = np.arange(ROOM_SAMPLES) / RATE_HZ
        tail = rng.standard_normal(ROOM_SAMPLES) * 10 ** (-3 * time_s / decay_s)
        dull = sosfilt(butter(1, rng.uniform(1500, 6000), fs=RATE_HZ, output="sos"), tail)
        tail = np.where(time_s < 0.03, tail, dull)
        for _ in range(rng.integers(4, 12)):
            tail[rng.integers(30, 800)] += rng.choice([-1, 1]) * rng.uniform(1, 6)
        tail[: rng.integers(20, 200)] = 0
        response += tail / np.sqrt(np.sum(np.square(tail))) * 10 ** (-rng.uniform(-5, 20) / 20)
    response[0] += 1
    response = sosfilt(butter(2, rng.uniform(30, 250), "highpass", fs=RATE_HZ, output="sos"), response)
    if rng.random() < 0.4:
        order = int(rng.integers(1, 5))
        response = sosfilt(butter(order, rng.uniform(2000, 7500), fs=RATE_HZ, output="sos"), response)
    return np.asarray(response, np.float32)
