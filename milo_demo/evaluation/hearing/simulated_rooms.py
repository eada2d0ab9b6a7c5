"""Players placed around a microphone: real recordings encoded to first-order ambisonics, with exact directions.

There is no recording here of real players around a real ambisonic microphone. So dry recordings are put in known
directions, either in free air (`dry`) or in a hall (`hall`): a room of 9 × 7 × 4 m that rings for 0.3 to 0.7 s, its
early echoes by image sources (Allen and Berkley 1979) from where they would come, its later ones as noise from all
sides; players stand 1.2 to 3 m away, about where echoes are as loud as they themselves. Microphone noise lies 50 dB
(dry) or 30 dB (hall) below. Real microphones are worse in one way: their four directions agree less at high
frequencies.

ensembles : two to four players of a real ensemble, all playing all the time
solos     : one phrase alone
bands     : two to four phrases of different instruments at once, levels within ±4 dB; nobody keeps time with anybody
"""

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from milo_demo.evaluation.hearing.recordings import Recording, ensembles, phrases
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.sound_field import CHANNELS, plane_wave, unit_vector
from milo_demo.instruments import LABELS

ROOM_M = np.array([9.0, 7.0, 4.0])
MICROPHONE_M = np.array([4.2, 3.3, 1.5])
SOUND_M_PER_S = 343.0
EARLY_ORDER = 3
"""Echoes off so many walls come from where they would come."""
EARLY_S = 0.025
"""From here on the later ones sound, seconds after the direct sound."""
RINGS_S, DISTANCE_M = (0.3, 0.7), (1.2, 3.0)
NEAREST_WALL_M = 0.2
NOISE_DB = {"dry": -50, "hall": -30}
APART_DEG = 45.0
LONGEST_S = 12.0
BANDS = 24
TAKES = 2
"""How often every ensemble is placed anew."""
ALL_ROUND = np.array([1.0, *[1 / np.sqrt(3)] * 3])[:, None]
"""How loud each channel hears noise from all sides."""


class Scene(NamedTuple):
    """What a microphone heard.

    group   : ``ensembles``, ``solos`` or ``bands``, and ``dry`` or ``hall``
    players : label -> unit vector (3,)
    sound   : (channel, sample), AmbiX at 16 kHz
    alone   : label -> (channel, sample), what that player adds to it
    """

    group: str
    players: dict[str, NDArray[np.float64]]
    sound: NDArray[np.float32]
    alone: dict[str, NDArray[np.float32]]


def scenes(data: Path, seed: int = 0) -> Iterator[Scene]:
    """All scenes, the same for the same seed."""
    rng = np.random.default_rng(seed)
    for (_, played), _, place in product(ensembles(data), range(TAKES), ("dry", "hall")):
        yield scene("ensembles", played, place, rng)
    solos = list(phrases(data))
    for phrase, place in product(solos, ("dry", "hall")):
        yield scene("solos", dict([_labelled(phrase)]), place, rng)
    for number, place in product(range(BANDS), ("dry", "hall")):
        yield scene("bands", _band(solos, 2 + number % 3, rng), place, rng)


def scene(kind: str, played: Mapping[str, NDArray[np.float32]], place: str, rng: Generator) -> Scene:
    """Put players, label -> (sample,), in random directions around the microphone; `place` is ``dry`` or ``hall``."""
    length = min(int(LONGEST_S * RATE_HZ), *map(len, played.values()))
    players = dict(zip(played, _directions(len(played), rng), strict=True))
    alone = {}
    for label, sound in played.items():
        response = _response(players[label], rng) if place == "hall" else plane_wave(players[label])[:, None]
        heard = fftconvolve(sound[None, :length], response, axes=1)[:, :length]
        alone[label] = heard.astype(np.float32)
    together = np.sum(list(alone.values()), axis=0)
    noise = ALL_ROUND * rng.standard_normal((CHANNELS, length)) * 10 ** (NOISE_DB[place] / 20)
    sound = (together + together[0].std() * noise).astype(np.float32)
    return Scene(f"{kind}, {place}", players, sound, alone)


def angle_deg(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Between two unit vectors (3,)."""
    return float(np.degrees(np.arccos(np.clip(one @ other, -1, 1))))


def _directions(count: int, rng: Generator) -> list[NDArray[np.float64]]:
    """Anywhere around, from 30° below to 45° above, at least APART_DEG apart."""
    while True:
        found = [
            unit_vector(rng.uniform(-180, 180), np.degrees(np.arcsin(rng.uniform(-0.5, 0.7)))) for _ in range(count)
        ]
        if all(angle_deg(one, other) > APART_DEG for one, other in combinations(found, 2)):
            return found


def _response(direction: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    """What the four channels hear of a click from there, the direct sound being 1 loud. -> (channel, sample)"""
    rings_s, distance_m = rng.uniform(*RINGS_S), rng.uniform(*DISTANCE_M)
    to_walls_m = np.where(direction > 0, ROOM_M - MICROPHONE_M, MICROPHONE_M) - NEAREST_WALL_M
    distance_m = min(distance_m, *(to_walls_m / np.maximum(np.abs(direction), 1e-9)))
    early = _early(direction, distance_m, rings_s)
    return early + _late(early.shape[1], distance_m, rings_s, rng)


def _early(direction: NDArray[np.float64], distance_m: float, rings_s: float) -> NDArray[np.float64]:
    """The direct sound and echoes off up to EARLY_ORDER walls, each as from a player in a mirrored room."""
    (x, y, z), volume = ROOM_M, ROOM_M.prod()
    absorbed = 1 - np.exp(-0.161 * volume / (2 * (x * y + x * z + y * z) * rings_s))  # Eyring
    player_m = MICROPHONE_M + distance_m * direction
    response = np.zeros((CHANNELS, int(rings_s * RATE_HZ)))
    for mirrored in product(range(-EARLY_ORDER, EARLY_ORDER + 1), repeat=3):
        rooms, walls = np.array(mirrored), sum(map(abs, mirrored))
        image_m = np.where(rooms % 2 == 0, rooms * ROOM_M + player_m, (rooms + 1) * ROOM_M - player_m) - MICROPHONE_M
        way_m = float(np.linalg.norm(image_m))
        at = round((way_m - distance_m) / SOUND_M_PER_S * RATE_HZ)
        if walls <= EARLY_ORDER and at < response.shape[1]:
            response[:, at] += (1 - absorbed) ** (walls / 2) * distance_m / way_m * plane_wave(image_m / way_m)
    return response


def _late(length: int, distance_m: float, rings_s: float, rng: Generator) -> NDArray[np.float64]:
    """Noise from all sides that dies away: as many echoes per second, each as loud, as the images of a room of this
    volume would be."""
    time_s = np.arange(length) / RATE_HZ
    echoes_per_sample = 4 * np.pi * SOUND_M_PER_S / ROOM_M.prod() / RATE_HZ
    loudness = distance_m * np.sqrt(echoes_per_sample) * 10 ** (-3 * time_s / rings_s)
    noise = ALL_ROUND * rng.standard_normal((CHANNELS, length)) * loudness
    return np.where(time_s > EARLY_S, noise, 0)


def _band(solos: list[Recording], count: int, rng: Generator) -> dict[str, NDArray[np.float32]]:
    """Phrases of different instruments, about equally loud."""
    shuffled = dict(_labelled(solos[k]) for k in rng.permutation(len(solos)))
    chosen = list(shuffled.items())[:count]
    return {label: sound / sound.std() * 0.05 * 10 ** (rng.uniform(-4, 4) / 20) for label, sound in chosen}


def _labelled(phrase: Recording) -> tuple[str, NDArray[np.float32]]:
    return LABELS[int(phrase.truth[0].argmax())], phrase.sound
