from types import SimpleNamespace

import numpy as np
import pytest
import torch

from milo_demo.evaluation.playing import actions
from milo_demo.evaluation.playing.senses import Clip
from milo_demo.features.flow import PER_STEP
from milo_demo.instruments import LABELS
from milo_demo.models.movement import MovementFCN

VIOLIN = LABELS.index("violin")


@pytest.fixture
def models():
    torch.manual_seed(0)
    names = [*actions.ALONE[:-1], *(f"{actions.HANDS}, {half}" for half in ("first", "second"))]
    return {name: MovementFCN(["violin"]).eval() for name in names}


def clip(with_sound):
    """Three steps of noise in which a violin is seen at the left and heard at the first step."""
    vectors = np.random.default_rng(0).normal(0, 1, (3 * PER_STEP, 2, 18, 32)).astype(np.float16)
    seen = np.zeros((3, len(LABELS), 6, 10), np.float32)
    seen[:, VIOLIN, :, :2] = 0.8
    heard = np.zeros((3, len(LABELS)), np.float16)
    heard[0, VIOLIN] = 0.5
    movement = SimpleNamespace(vectors=lambda cuts: vectors)
    return Clip(
        media=None,  # pyright: ignore[reportArgumentType]
        heard=SimpleNamespace(instruments=heard) if with_sound else None,  # pyright: ignore[reportArgumentType]
        seen=SimpleNamespace(maps=seen, cuts=()),  # pyright: ignore[reportArgumentType]
        witness=SimpleNamespace(movement=movement),  # pyright: ignore[reportArgumentType]
        played=None,  # pyright: ignore[reportArgumentType]
    )


def test_fusions_are_the_point_wise_products(models):
    said = actions.with_actions(clip(True), models, "violin_solo.mp4").actions
    assert list(said) == [*actions.ALONE, *actions.FUSIONS]
    sot, with_object, with_all = (
        said[name][:, VIOLIN] for name in (actions.SOT, "SOT × object", "SOT × object × sound")
    )
    assert sot.shape == (3, 9, 16) and sot.min() > 0
    assert with_object[:, :, 8:].max() == 0 and with_object[:, :, 0] == pytest.approx(0.8 * sot[:, :, 0], rel=1e-3)
    assert with_all[0] == pytest.approx(0.5 * with_object[0], rel=1e-3) and with_all[1:].max() == 0


def test_without_sound_there_is_nothing_to_multiply_with(models):
    said = actions.with_actions(clip(False), models, "violin_solo.mp4").actions
    assert np.array_equal(said["SOT × object × sound"], said["SOT × object"])


def test_who_answers_has_not_learned_from_the_clip(models):
    """The network that left out the half that a clip is in."""
    answers = {}
    for name in ("guitar_solo.mp4", "mandolin_solo.mp4"):
        answers[name] = actions.with_actions(clip(True), models, name).actions[actions.HANDS]
        half = actions.clips.fold(actions.Path(name))
        alone = actions.maps(clip(True), {**models, actions.HANDS: models[f"{actions.HANDS}, {half}"]})
        assert np.array_equal(answers[name], alone[actions.HANDS])
    assert not np.array_equal(*answers.values())
