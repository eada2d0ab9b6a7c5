"""How well instruments are placed by ear: ``python -m milo_demo evaluate directions --data DIR``.

Real recordings in known directions (see `simulated_rooms`). Counted are the players whom MILO hears at all; the number
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

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.evaluation.hearing.simulated_rooms import Scene, angle_deg, scenes
from milo_demo.evaluation.table import Figure, Printer, Table, by_row
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.sound_field import Places, SoundField, plane_wave, unit_vector
from milo_demo.grid import pool
from milo_demo.hearing import classify, localise
from milo_demo.instruments import LABELS

WITHIN_DEG = (20, 30)
WHO = ("MILO", "front", "loudest", "activity", "beams", "snapped", "alone")
BEAMS = np.stack([unit_vector(*angles) for angles in ((0, 0), (180, 0), (-90, 0), (90, 0), (0, 90), (0, -90))])

Directions = Mapping[str, NDArray[np.float64] | None]
"""Label -> unit vector (3,), None for no answer."""


def evaluate(data: Path) -> Table:
    """Measure; print and return what is found. Takes minutes.

    Raises MiloError where the data or the checkpoints are missing.
    """
    ear = classify.load(tags=False)
    printer = Printer(WHO)
    printer.show(figures(scenes(Path(data)), ear))
    return printer.table


def figures(placed: Iterator[Scene], ear: classify.Ear) -> Table:
    """All figures, group by group."""
    errors_deg: dict[str, dict[str, list[float]]] = {}
    for scene in placed:
        for who, found in answers(scene, ear).items():
            for label, direction in found.items():
                error_deg = np.nan if direction is None else angle_deg(direction, scene.players[label])
                errors_deg.setdefault(scene.group, {}).setdefault(who, []).append(error_deg)
    table: Table = {}
    for group, by_who in errors_deg.items():
        table |= by_row({who: _measured(group, np.array(values)) for who, values in by_who.items()})
    return table


def _measured(group: str, error_deg: NDArray[np.float64]) -> dict[str, Figure]:
    """The figures of one who answers, from angles (player,), nan where there was no answer."""
    answered = np.isfinite(error_deg)
    values = {
        "error, degrees": np.median(error_deg[answered]) if answered.any() else np.nan,
        "answered": np.mean(answered),
        **{f"within {limit}°": np.mean(error_deg < limit) for limit in WITHIN_DEG},  # nan is not
    }
    return {f"{group}: {name}": Figure(float(value), len(error_deg)) for name, value in values.items()}


def answers(scene: Scene, ear: classify.Ear) -> dict[str, Directions]:
    """Who says that each player whom the ear hears stands where. Raises ValueError if the ear has no spectrogram
    classifier, by which places are told apart."""
    if (classifier := ear.spectrogram) is None:
        raise ValueError("an ear without a spectrogram classifier knows no directions")
    field = SoundField()
    omni = list(field.tap(_pieces(scene.sound)))
    scores = np.concatenate([heard.instruments for heard in classify.hear(omni, ear)])
    heard = dict(zip(LABELS, pool(scores).tolist(), strict=True))
    labels = [label for label in scene.players if heard[label] >= localise.HEARD]
    places = field.places()
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
        "snapped": {label: _nearest(places, towards) for label, towards in by_beams.items()},
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
