import numpy as np
import pytest
import torch
from torch import nn

from milo_demo.evaluation.hearing import directions, simulated_rooms
from milo_demo.evaluation.hearing.simulated_rooms import angle_deg, scene
from milo_demo.evaluation.table import Figure
from milo_demo.features.sound_field import unit_vector
from milo_demo.hearing.classify import Scores
from milo_demo.instruments import LABELS


class Bands(nn.Module):
    """A classifier to which every instrument is a few mel bands."""

    def __init__(self) -> None:
        super().__init__()
        self.anything = nn.Parameter(torch.zeros(1))

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(len(patches), len(LABELS))
        for label, hertz in (("violin", slice(20, 26)), ("clarinet", slice(36, 44))):
            logits[:, LABELS.index(label)] = patches[:, :, hertz].mean(dim=(1, 2))
        return logits


@pytest.fixture
def played() -> dict[str, np.ndarray]:
    time_s = np.arange(4 * 16_000) / 16_000
    beats = (np.floor(time_s * 4) % 2 == 0) * np.exp(-6 * (time_s * 4 % 1))
    return {
        "violin": (0.1 * beats * sum(np.sin(2 * np.pi * f * time_s) for f in (900, 930, 1000))).astype(np.float32),
        "clarinet": (0.1 * beats[::-1] * sum(np.sin(2 * np.pi * f * time_s) for f in (2200, 2300))).astype(np.float32),
    }


@pytest.fixture
def everybody_heard(monkeypatch):
    def hear(chunks, ear):
        steps = -(-sum(chunk.shape[1] for chunk in chunks) // 8192)
        scores = np.zeros((steps, len(LABELS)), np.float32)
        scores[:, [LABELS.index("violin"), LABELS.index("clarinet")]] = 0.9
        yield Scores(scores, np.zeros((steps, 0), np.float32))

    monkeypatch.setattr(directions.classify, "hear", hear)
    return directions.classify.Ear(Bands(), Bands())


def test_players_in_free_air_are_found_and_the_baselines_are_not_better(played, everybody_heard):
    rng = np.random.default_rng(3)
    table = directions.figures((scene("bands", played, "dry", rng) for _ in range(3)), everybody_heard)
    within = table["bands, dry: within 20°"]
    assert within["MILO"] == within["alone"] == Figure(1.0, 6)
    assert within["loudest"].value <= 0.5
    assert table["bands, dry: error, degrees"]["front"].value > 20


def test_no_answer_counts_as_not_within(played, everybody_heard, monkeypatch):
    monkeypatch.setattr(directions.localise, "LEAST_LEAD", 1e9)
    made = scene("bands", played, "dry", np.random.default_rng(3))
    table = directions.figures(iter([made]), everybody_heard)
    answered, within = table["bands, dry: answered"], table["bands, dry: within 30°"]
    assert answered["MILO"] == within["MILO"] == Figure(0.0, 2)
    assert answered["front"].value == 1.0


def test_an_ear_that_cannot_tell_places_apart_is_refused(played, everybody_heard):
    made = scene("bands", played, "dry", np.random.default_rng(3))
    with pytest.raises(ValueError, match="spectrogram"):
        directions.answers(made, directions.classify.Ear(Bands()))


def test_a_scene_is_the_sum_of_its_players_and_a_little_noise(played):
    for place, noise_db in (("dry", -50), ("hall", -30)):
        made = scene("bands", played, place, np.random.default_rng(0))
        rest = made.sound - sum(made.alone.values())
        assert 10 * np.log10(np.square(rest[0]).mean() / np.square(made.sound[0]).mean()) == pytest.approx(
            noise_db, abs=1
        )
        one, other = made.players.values()
        assert angle_deg(one, other) > simulated_rooms.APART_DEG


def test_a_hall_keeps_the_direction_and_adds_energy_from_elsewhere(played):
    made = scene("solos", {"violin": played["violin"]}, "hall", np.random.default_rng(1))
    energy = np.square(made.sound).sum(axis=1)
    assert energy[1:].sum() == pytest.approx(energy[0], rel=0.4)
    assert angle_deg(directions.loudest(made.alone["violin"]), made.players["violin"]) < 25


def test_scenes_of_the_validation_data(validation_data, monkeypatch):
    monkeypatch.setattr(simulated_rooms, "BANDS", 1)
    monkeypatch.setattr(simulated_rooms, "LONGEST_S", 0.5)
    made = list(simulated_rooms.scenes(validation_data))
    groups = {scene.group for scene in made}
    assert groups == {f"{kind}, {place}" for kind in ("ensembles", "solos", "bands") for place in ("dry", "hall")}
    assert all(scene.sound.shape == (4, 8000) for scene in made)
    assert all(np.isclose(np.linalg.norm(vector), 1) for scene in made for vector in scene.players.values())


def test_angles():
    assert angle_deg(unit_vector(10, 0), unit_vector(-20, 0)) == pytest.approx(30)
