from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead
from milo_demo.models.movement import MovementFCN
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.seeing.detect import Eye
from milo_demo.training.learner import Learner, TimeBudget
from milo_demo.training.playing import clips, movement
from milo_demo.training.playing.batches import Steps, contacts, mirrored
from milo_demo.training.playing.lessons import Lesson, cells, hills, lessons
from milo_demo.training.playing.stage import Maker
from milo_demo.weights.card import Card
from tests.training.playing.stages import drawn, piece


@pytest.fixture
def shows(empties):
    torch.manual_seed(0)
    maker = Maker([drawn("violin"), drawn("drum")], empties, [piece("violin"), piece("drum")], seed=1)
    objects = ObjectMap(rows=3)
    objects.row_label.copy_(torch.tensor([LABELS.index("violin"), LABELS.index("drum"), -1]))
    eye = Eye(Trunk().eval(), objects.eval(), BoxHead(["violin", "drum"]).eval())
    return list(lessons(maker, 4, 3, eye, side_px=64))


def test_a_lesson_fits_the_network(shows):
    network = MovementFCN(["drum", "violin"]).eval()
    for lesson in shows:
        maps = network.maps(lesson.stacks.float())
        assert maps.shape == lesson.objects.shape and lesson.objects.shape[2:] == cells(lesson.size)
        assert lesson.sound.shape == (3, len(LABELS)) and len(lesson.truth) == 3
        assert maps[:, LABELS.index("drum")].max() > 0 == maps[:, LABELS.index("harp")].max()


def test_lessons_come_back_from_a_file(shows, tmp_path):
    torch.save([lesson.plain() for lesson in shows], tmp_path / "shows.pt")
    for kept, lesson in zip(torch.load(tmp_path / "shows.pt"), shows, strict=True):
        again = Lesson.of(*kept)
        assert torch.equal(again.stacks, lesson.stacks) and again.size == lesson.size
        for one, other in zip(again.truth, lesson.truth, strict=True):
            assert [touch.label for touch in one] == [touch.label for touch in other]
            assert all(np.array_equal(a.points, b.points) for a, b in zip(one, other, strict=True))


def test_a_mirrored_step_moves_the_other_way():
    stack, objects, contact = torch.rand(10, 4, 6), torch.rand(2, 2, 3), torch.rand(2, 2, 3)
    shown = mirrored(stack, torch.ones(2), torch.ones(2), objects, contact)
    assert torch.equal(shown[0].flip(2)[0::2], -stack[0::2]) and torch.equal(shown[0].flip(2)[1::2], stack[1::2])
    assert torch.equal(shown[3].flip(2), objects) and torch.equal(shown[4].flip(2), contact)


def test_a_batch_is_of_one_size_and_knows_all_targets(shows):
    stacks, known = Steps(shows, ["drum", "violin"], seed=0).draw(5)
    assert len(stacks) == 5 and known.tags.shape == known.sound.shape == (5, 2)
    assert known.objects.shape == known.contact.shape == (5, 2, -(-stacks.shape[2] // 2), -(-stacks.shape[3] // 2))


def test_a_resumed_run_draws_other_steps(shows, monkeypatch):
    seeds: list[int] = []
    monkeypatch.setattr(movement, "Steps", lambda *given: seeds.append(given[-1]) or Steps(*given))
    for already in (0, 100):
        budget = TimeBudget(1)
        budget.steps = already
        next(movement._taken("CT", Learner(MovementFCN(["drum", "violin"]), 1e-3), shows, budget, 7))
    assert seeds == [7, 107]


def test_hills_stand_at_the_points():
    hill = hills(np.array([[20.0, 44.0]]), (18, 32))
    assert divmod(int(hill.argmax()), 32) == (5, 2) and hill.max() == 1
    assert hills(np.zeros((0, 2)), (18, 32)).max() == 0


def test_only_who_plays_is_a_target(shows):
    for lesson in shows:
        for step, touches in enumerate(lesson.truth):
            played = {touch.label for touch in touches if touch.sounds}
            found = contacts(lesson, step, ["drum", "violin"]).amax((1, 2))
            assert {label for label, peak in zip(("drum", "violin"), found, strict=True) if peak > 0} == played


def test_the_recipe_leaves_a_network_for_each_teacher_and_the_one_that_ships(shows, tmp_path, monkeypatch):
    torch.save([lesson.plain() for lesson in shows], tmp_path / "stage.pt")
    real = {
        f"{name}.mp4": lesson.plain() for name, lesson in zip(("bass", "drum", "guitar", "key"), shows, strict=True)
    }
    assert {clips.fold(Path(name)) for name in real} == set(clips.FOLDS)
    torch.save(real, tmp_path / "clips.pt")
    monkeypatch.setattr(movement, "BATCH", 2)
    out = tmp_path / "out" / "movement.safetensors"
    movement.train(tmp_path, out, minutes=0.02, workdir=tmp_path)
    written = sorted(path.name for path in (out.parent / movement.FOLDER).glob("*.safetensors"))
    assert written == [f"{name}.safetensors" for name in ("ct", "hands_first", "hands_second", "ot", "sot", "st", "vt")]
    card = Card.read(out.with_suffix(".json"))
    MovementFCN(**card.config).load_state_dict(load_file(out))
    assert card.role == "movement" and set(card.labels) <= {"drum", "violin"}
