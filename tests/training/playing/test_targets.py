import torch

from milo_demo.training.playing.targets import TARGETS, Known, loss, name


def known(sounds=0.9, seen=0.9):
    objects = torch.zeros(1, 2, 4, 4)
    objects[0, 0, 1, 1] = seen
    contact = torch.zeros(1, 2, 4, 4)
    contact[0, 0, 2, 2] = 1.0
    return Known(torch.tensor([[1.0, 0.0]]), torch.tensor([[sounds, 0.1]]), objects, contact)


def best_place(target, knowledge):
    """Which single place a network should light up for the first label; None: none at all."""
    nothing = torch.full((1, 2, 4, 4), -6.0)
    losses: dict[tuple[int, int] | None, float] = {None: float(loss(target, nothing, knowledge))}
    for place in ((0, 0), (1, 1), (2, 2)):
        lit = nothing.clone()
        lit[(0, 0, *place)] = 6.0
        losses[place] = float(loss(target, lit, knowledge))
    return min(losses, key=losses.__getitem__), losses


def test_each_target_asks_for_its_own():
    for target, where in (("OT", (1, 1)), ("SOT", (1, 1)), ("CT", (2, 2))):
        assert best_place(target, known())[0] == where
    for target in ("VT", "ST"):
        place, losses = best_place(target, known())
        assert place is not None and losses[0, 0] == losses[2, 2], "somewhere, no matter where"


def test_sound_says_when_and_objects_where():
    silent, unseen = known(sounds=0.4), known(seen=0.2)
    assert best_place("SOT", silent)[0] is None and best_place("ST", silent)[0] is None
    assert best_place("OT", silent)[0] == (1, 1), "what is seen says nothing of when"
    assert best_place("SOT", unseen)[0] is None and best_place("OT", unseen)[0] is None
    assert best_place("VT", silent)[0] is not None and best_place("ST", unseen)[0] is not None


def test_models_have_the_document_s_names():
    assert [name(target) for target in TARGETS] == ["VT", "ST05", "OT03", "SOT0503", "CT"]
