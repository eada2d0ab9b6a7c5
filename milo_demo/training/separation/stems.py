"""Ensembles whose parts are known: players in rooms, each by itself, and who of them is asked for.

Three kinds of music: bands and singers (real accompaniments), scores played by sound fonts, and ensembles of players
who belong together or do not. Every player stands in a room of its own, through a microphone of its own, so that a
network cannot tell them apart by the recording.
"""

from collections import Counter, defaultdict
from copy import copy
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.instruments import LABELS
from milo_demo.training.hearing.library import Library, Take, latest_starts
from milo_demo.training.hearing.mixtures import BAND, KNOTS_HZ, ROOM_SAMPLES, between_knots, room

ROOMS = 200
HELD_SINGER = "davidson"
"""The singer of MIR-1K kept for calibration. The ear keeps three, but voices are too few to spare them here."""
KINDS = {"song": 0.50, "score": 0.30, "ensemble": 0.20}
"""Of music, with their chances; there are also ``duo``s, two players who need not know of each other."""
OFTEN = {"violin": 2.0, "clarinet": 1.5, "saxophone": 1.5, "bassoon": 1.5, "cello": 1.5, "flute": 1.5, "guitar": 1.5,
         "piano": 1.5, "trumpet": 1.5, "voice": 2.0, "drum": 1.5, "electric_bass": 1.5}  # fmt: skip
"""How much likelier than the others these labels are drawn: what people play most."""
OWN_BAND, ANY_BAND = 0.3, 0.4
"""Chances that a singer sings with the band of the same song, to which the tune belongs, or with that of any; else
with players of a score."""
UNASKED, ABSENT = 0.10, 0.15
"""Chances that a player is not asked for and belongs to the rest, and that a label is asked for that nobody plays."""
FEW_ASKED, HALF = 0.35, 0.5
"""In so many mixtures every other player is not asked for: else the rest of a band would be given to those who are."""
HELD = 3
"""Where something is fitted to players held apart, every third recording and mixture is kept to measure on."""


class Player(NamedTuple):
    """A take, and from which sample of it on it plays."""

    take: Take
    start: int


class Stems(NamedTuple):
    """A batch of mixtures' parts.

    sound  : (part, sample) at 16 kHz
    group  : (part,) the mixture that each is in
    takes  : of the parts
    starts : (part,) first sample within the take
    speeds : (part,) how much faster than recorded
    """

    sound: Tensor
    group: NDArray[np.int64]
    takes: list[Take]
    starts: NDArray[np.int64]
    speeds: NDArray[np.float64]


class StemMaker:
    """Draws mixtures in parts from one split of a library.

    samples : length of what is drawn
    bent    : whether players are also heard faster or slower, and so higher or lower
    """

    def __init__(self, library: Library, split: str, seed: int, samples: int, bent: bool = True) -> None:
        self._library, self._samples, self._bent = library, samples, bent
        self._rng = np.random.default_rng(seed)
        self._players: dict[str, dict[str, dict[str, list[Take]]]] = defaultdict(lambda: defaultdict(dict))
        self._bands: dict[str, Take] = {}
        self._others: dict[str, list[Take]] = {}
        pieces: dict[str, dict[str | None, Take]] = defaultdict(dict)
        for take in library.takes:
            if _split(take) != split:
                continue
            if take.label:
                self._players[take.label][take.kind].setdefault(take.source, []).append(take)
            elif take.source == BAND:
                self._bands[take.piece] = take
            elif take.kind == "other":
                self._others.setdefault(take.source, []).append(take)
            if take.piece:
                pieces[take.piece][take.label] = take
        self._pieces = [list(parts.values()) for parts in pieces.values() if None not in parts and len(parts) > 1]
        self._labels = sorted(self._players)
        chances = np.array([OFTEN.get(label, 1.0) for label in self._labels])
        self._chances = chances / chances.sum()
        self._spectrum = 1 << (samples + ROOM_SAMPLES).bit_length()
        rooms = torch.from_numpy(np.stack([room(self._rng) for _ in range(ROOMS)]))
        self._rooms = torch.fft.rfft(rooms, self._spectrum).to(library.device)
        self._colour = self._on_device(between_knots(KNOTS_HZ, self._spectrum))

    def draw(self, batch: int, kinds: dict[str, float] = KINDS) -> Stems:
        """Parts of `batch` mixtures at the levels at which they sound together.

        kinds : chances of the kinds of music (see KINDS)
        """
        rng = self._rng
        chosen = rng.choice(list(kinds), batch, p=list(kinds.values()))
        ensembles = [getattr(self, f"_{kind}")() for kind in chosen]
        players = [player for ensemble in ensembles for player in ensemble]
        group = np.repeat(np.arange(batch), [len(ensemble) for ensemble in ensembles])
        takes, starts = [player.take for player in players], np.array([player.start for player in players])
        speeds = rng.uniform(0.88, 1.13, batch)[group] if self._bent else np.ones(len(players))
        speeds[rng.random(batch)[group] < 0.3] = 1.0
        sound = self._recorded(self._library.stretches(takes, starts, speeds, self._samples))
        level = sound.square().mean(dim=1, keepdim=True).sqrt()
        gain = self._on_device(10 ** (rng.uniform(-7, 3, len(takes)) / 20))[:, None]
        return Stems(0.1 * gain * sound / level.clamp(min=0.02), group, takes, starts, speeds)

    def _song(self) -> list[Player]:
        """A singer and a band."""
        rng = self._rng
        if not self._players["voice"]["real"]:
            return self._score()
        singer = self._anywhere(self._any(self._players["voice"]["real"]))
        chance, own = rng.random(), self._bands.get(singer.take.piece)
        if own and chance < OWN_BAND:
            return [singer, Player(own, singer.start)]
        if self._bands and chance < OWN_BAND + ANY_BAND:
            return [singer, self._anywhere(self._any({BAND: list(self._bands.values())}))]
        return [singer, *self._score(at_most=4)]

    def _score(self, at_most: int = 6) -> list[Player]:
        """Parts of one score, on one clock."""
        if not self._pieces:
            return self._ensemble()
        parts = self._pieces[self._rng.integers(len(self._pieces))]
        at = self._start(parts[0])
        chosen = [parts[k] for k in self._rng.permutation(len(parts))[:at_most]]
        return [Player(take, at) for take in chosen]

    def _ensemble(self) -> list[Player]:
        """One to four players who need not know of each other, sometimes with one of no label."""
        rng = self._rng
        players = self._unrelated(int(rng.choice([1, 2, 3, 4], p=[0.30, 0.35, 0.22, 0.13])))
        if self._others and rng.random() < 0.12:
            players.append(self._anywhere(self._any(self._others)))
        return players

    def _duo(self) -> list[Player]:
        return self._unrelated(2)

    def _unrelated(self, count: int) -> list[Player]:
        labels = self._rng.choice(self._labels, count, replace=False, p=self._chances)
        return [self._anywhere(self._player(label)) for label in labels]

    def _player(self, label: str) -> Take:
        kinds = self._players[label]
        sources = len(kinds["real"]) if "real" in kinds else 0
        real = 0.85 * sources / (sources + 0.5) if "font" in kinds else 1.0
        return self._any(kinds["real" if self._rng.random() < real else "font"])

    def _any(self, sources: dict[str, list[Take]]) -> Take:
        takes = sources[list(sources)[self._rng.integers(len(sources))]]
        return takes[self._rng.integers(len(takes))]

    def _anywhere(self, take: Take) -> Player:
        return Player(take, self._start(take))

    def _start(self, take: Take) -> int:
        return int(self._rng.random() * (latest_starts([take], self._samples)[0] + 1))

    def _recorded(self, sound: Tensor) -> Tensor:
        """Each part in a room of its own, or dry, and coloured."""
        rng, parts = self._rng, len(sound)
        response = self._rooms[torch.from_numpy(rng.integers(ROOMS, size=parts)).to(sound.device)]
        dry = self._on_device(rng.random(parts) < 0.6)[:, None]
        response = torch.where(dry > 0, torch.ones_like(response), response)
        decibels = self._on_device(rng.normal(0, 3, (parts, len(KNOTS_HZ)))) @ self._colour
        spectrum = torch.fft.rfft(sound, self._spectrum) * response * 10 ** (decibels / 20)
        return torch.fft.irfft(spectrum, self._spectrum)[:, : self._samples]

    def _on_device(self, numbers: NDArray) -> Tensor:
        return torch.from_numpy(np.asarray(numbers, np.float32)).to(self._library.device)


def to_fit_and_to_measure(library: Library, seed: int, samples: int) -> tuple[StemMaker, StemMaker]:
    """Two who draw from the players held apart, none of whose recordings they share: every HELD-th of a label, and
    every HELD-th piece, goes to the second, so that the rare ones are fitted to."""
    label_of: dict[str, str | None] = {}
    for take in library.takes:
        if _split(take) == "calibration":
            label_of[_recording(take)] = None if take.piece else take.label
    counts: Counter[str | None] = Counter()
    held = set()
    for recording, label in label_of.items():
        counts[label] += 1
        if counts[label] % HELD == 0:
            held.add(recording)

    def maker(measures: bool) -> StemMaker:
        part = copy(library)
        part.takes = [take for take in library.takes if (_recording(take) in held) == measures]
        return StemMaker(part, "calibration", seed, samples, bent=False)

    return maker(False), maker(True)


def _recording(take: Take) -> str:
    return take.piece or f"{take.source}/{take.start}"


def _split(take: Take) -> str:
    if take.source.startswith("mir1k/"):
        return "calibration" if take.piece.startswith(HELD_SINGER) else "train"
    return take.split


def asked(stems: Stems, batch: int, rng: np.random.Generator) -> list[list[str]]:
    """Names that are asked for in each mixture: most who play, now and then one who does not."""
    names = []
    for k in range(batch):
        labels = (stems.takes[part].label for part in np.flatnonzero(stems.group == k))
        playing = {label for label in labels if label}
        unasked = HALF if rng.random() < FEW_ASKED else UNASKED
        wanted = [label for label in sorted(playing) if rng.random() >= unasked]
        if not wanted or rng.random() < ABSENT:
            wanted.append(str(rng.choice([label for label in LABELS if label not in playing])))
        names.append(wanted)
    return names
