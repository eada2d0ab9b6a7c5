import numpy as np
import pytest
import torch

from milo_demo.errors import MiloError
from milo_demo.evaluation.playing import learned, stage
from milo_demo.instruments import LABELS
from milo_demo.models.movement import MovementFCN
from milo_demo.training.playing.lessons import Lesson
from milo_demo.training.playing.players import Touch

VIOLIN, DRUM = LABELS.index("violin"), LABELS.index("drum")


def lesson(label, plays):
    """A step after the other in which a label is played at (60, 36) or not; ear and eye know it, but for the eye's
    second peak elsewhere."""
    steps = len(plays)
    stacks = torch.zeros(steps, 10, 18, 32)
    stacks[torch.tensor(plays), 0 if label == "violin" else 1, 9, 15] = 4.0
    sound, objects = torch.full((steps, len(LABELS)), 0.1), torch.zeros(steps, len(LABELS), 9, 16)
    sound[torch.tensor(plays), LABELS.index(label)] = 0.9
    objects[:, LABELS.index(label), 4, 7] = 0.8
    tags = torch.zeros(len(LABELS))
    tags[LABELS.index(label)] = 1
    at = np.array([[60.0, 36.0]])
    truth = [[Touch(label, np.zeros(4), at, played)] for played in plays]
    return Lesson(stacks.half(), sound, objects.half(), tags, truth, (128, 72))


@pytest.fixture
def made():
    return [lesson("violin", [True, True, False, False]), lesson("drum", [False, True, False, True])]


@pytest.fixture
def models():
    torch.manual_seed(0)
    return {target: MovementFCN(["drum", "violin"]).eval() for target in ("VT", "ST", "OT", "SOT", "CT")}


def test_every_model_has_its_column_beside_the_baselines(made, models):
    table = stage.by_target(stage.clips(made, models))
    when, where = table["made stage, AUC, average"], table["made stage, px, average"]
    assert list(when) == ["centre", "sound", "object", "sound × object", "VT", "ST05", "OT03", "SOT0503", "CT"]
    assert when["sound"].value == 1 and "sound" not in where, "sound is nowhere"
    assert when["object"].value == 0.5 and where["object"].value < 1
    assert where["centre"].value == pytest.approx(4.0) and where["centre"].count == 4


def test_fusions_are_told_instrument_by_instrument(made, models):
    table = stage.by_instrument(stage.clips(made, models))
    assert list(table) == [
        f"made stage, {which}, {row}" for which in ("AUC", "px") for row in ("average", "drum", "violin")
    ]
    assert list(table["made stage, AUC, average"]) == list(stage.FUSIONS)
    assert table["made stage, AUC, average"]["SOT × object × sound"].value == 1, "the sound decides"
    assert table["made stage, px, average"]["SOT × object"].value < 1, "the object's place decides"


def test_missing_models_are_named(tmp_path):
    with pytest.raises(MiloError, match=r"vt\.safetensors is missing"):
        stage.networks(tmp_path)


def test_the_filters_that_tell_an_instrument(made, models, monkeypatch, tmp_path):
    """Two filters: one sees what moves to the right, as violins do here, the other what moves down, as drums do."""
    monkeypatch.setattr(learned, "LEAST_STEPS", 1)
    monkeypatch.setattr(learned, "BEST", 1)
    model = MovementFCN(["drum", "violin"], filters=2).eval()
    with torch.no_grad():
        model.first.weight.zero_()
        model.first.weight[0, 0] = model.first.weight[1, 1] = 1.0
    found = learned.answers(model, made)
    assert list(found) == ["drum", "violin"]
    assert learned.characteristic(found) == {"drum": [1], "violin": [0]}
    learned.draw(model, made, tmp_path / "movements.svg")
    assert "violin" in (tmp_path / "movements.svg").read_text()
