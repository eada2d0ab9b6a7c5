"""How well instruments are placed by ear: ``python -m milo_demo evaluate directions --data DIR``.

Real recordings in known directions (see `concert_halls`). Counted are the players whom MILO hears at all; the number
stands in brackets. *answered* is the share of them that are given a direction, *within* the share that are given one so
close to the true one, and *error* the median angle of those answered.

MILO stands beside other ways to tell who stands where:

front    : always the middle of the picture
loudest  : where most of the sound comes from, for all
activity : where most of the sound comes from while this instrument, more than the others, is heard
beams    : six cardioid microphones, forwards, back, left, right, up and down; their directions, weighted by how much
           surer than in the weakest the classifier is of the instrument in each
snapped  : the place, of those MILO found, that is nearest to what the beams say
alone    : where most of the sound comes from when only this instrument plays (the ceiling)
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo import weights
from milo_demo.evaluation.hearing.simulated_rooms import Scene, angle_deg, scenes
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.sound_field import Places, SoundField, plane_wave, unit_vector
from milo_demo.grid import pool
from milo_demo.hearing import classify, localise
from milo_demo.instruments import LABELS

WITHIN_DEG = (20, 30)
WHO = ("MILO", "front", "loudest", "activity", "beams", "snapped", "alone")
BEAMS = np.stack([unit_vector(*angles) for angles in ((0, 0), (180, 0), (-90, 0), (90, 0), (0, 90), (0, -90))])

Table = dict[str, dict[str, float]]
"""Figure -> who -> value."""


def evaluate(data: Path) -> Table:
    """Measure; print and return the table. Takes minutes. Raises MiloError where data or checkpoints are missing."""
    ear = classify.Ear(weights.load("sound").module, weights.load("spectrogram").module)
    table = figures(scenes(Path(data)), ear)
    print(f"{'':40}" + "".join(f"{who:>10}" for who in WHO))
    for name, row in table.items():
        print(f"{name:40}" + "".join(f"{row[who]:10.2f}" for who in WHO))
    return table


def figures(placed: Iterator[Scene], ear: classify.Ear) -> Table:
    """All figures, group by group."""
    errors: dict[str, dict[str, list[float]]] = {}
    for scene in placed:
        for who, found in answers(scene, ear).items():
            for label, direction in found.items():
                error = np.nan if direction is None else angle_deg(direction, scene.players[label])
                errors.setdefault(scene.group, {}).setdefault(who, []).append(error)
    table: Table = {}
    for group, by_who in errors.items():
        for who, values in by_who.items():
            error = np.array(values)
            answered = np.isfinite(error)
            row = {"error, degrees": np.median(error[answered]) if answered.any() else np.nan}
            row["answered"] = np.mean(answered)
            row |= {f"within {limit}°": np.mean(error < limit) for limit in WITHIN_DEG}  # nan is not
            for name, value in row.items():
                table.setdefault(f"{group}: {name} ({len(error)})", {})[who] = float(value)
    return table


def answers(scene: Scene, ear: classify.Ear) -> dict[str, dict[str, NDArray[np.float64] | None]]:
    """Who says that each player whom the ear hears stands where: unit vectors, None for no answer."""
    field = SoundField()
    omni = list(field.tap(_pieces(scene.sound)))
    scores = np.concatenate([heard.instruments for heard in classify.hear(omni, ear)])
    heard = dict(zip(LABELS, pool(scores).tolist(), strict=True))
    labels = [label for label in scene.players if heard[label] >= localise.HEARD]
    places, classifier = field.places(), ear.spectrogram
    *_, found = localise.locate(_pieces(scene.sound), places, classifier, scores, labels)
    cardioids = np.stack([plane_wave(beam) / 2 for beam in BEAMS])
    *_, logits = localise.listen(_pieces(scene.sound), cardioids.astype(np.float32), classifier, scores)
    by_beams = {label: _weighted(logits[:, LABELS.index(label)]) for label in labels}
    return {
        "MILO": {label: unit_vector(*found[label]) if label in found else None for label in labels},
        "front": {label: BEAMS[0] for label in labels},
        "loudest": {label: _first(places) for label in labels},
        "activity": {label: _while_active(scene.sound, scores, label, heard) for label in labels},
        "beams": by_beams,
        "snapped": {label: _nearest(places, by_beams[label]) for label in labels},
        "alone": {label: loudest(scene.alone[label]) for label in labels},
    }


def loudest(sound: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """Where most of the sound (channel, sample) comes from."""
    field = SoundField()
    for _ in field.tap(_pieces(sound)):
        pass
    return _first(field.places())


def _while_active(
    sound: NDArray[np.float32], scores: NDArray[np.float32], label: str, heard: dict[str, float]
) -> NDArray[np.float64] | None:
    """`loudest`, the sound of each step as loud as the label's score there against all others that are heard."""
    together = scores[:, [LABELS.index(other) for other in LABELS if heard[other] >= localise.HEARD]].sum(axis=1)
    gain = scores[:, LABELS.index(label)] / np.maximum(together, 1e-9)
    return loudest(sound * np.repeat(gain**4, STEP)[: sound.shape[1]].astype(np.float32))


def _weighted(sure: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean direction of the beams, by how sure each is (beam,)."""
    direction = np.square(sure - sure.min()) @ BEAMS
    return direction / max(np.linalg.norm(direction), 1e-9)


def _nearest(places: Places, direction: NDArray[np.float64]) -> NDArray[np.float64] | None:
    found = places.directions
    return found[(found @ direction).argmax()] if len(found) else None


def _first(places: Places) -> NDArray[np.float64] | None:
    return places.directions[0] if len(places.directions) else None


def _pieces(sound: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """As decoding gives it."""
    size = round(localise.BLOCK_S * RATE_HZ)
    for start in range(0, sound.shape[1], size):
        yield sound[:, start : start + size]
