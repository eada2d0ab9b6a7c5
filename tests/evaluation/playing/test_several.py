from types import SimpleNamespace

from milo_demo.evaluation.playing.several import Chosen, chosen


def clip(*steps: dict[int, tuple[float, float]]) -> SimpleNamespace:
    """Of players, by number, where each one's box is, 0-1 from the left, and its score."""
    boxes = [{who: SimpleNamespace(middle=(x, 0.5)) for who, (x, _) in step.items()} for step in steps]
    scores = [{who: score for who, (_, score) in step.items()} for step in steps]
    return SimpleNamespace(seen=SimpleNamespace(boxes=boxes), played=SimpleNamespace(players=scores))


def test_a_step_counts_if_there_was_a_choice_and_chance_is_one_of_those_with_a_box():
    trio = SimpleNamespace(kind="trio", plays=1)
    steps = [
        {1: (0.5, 0.9)},  # nobody to choose from
        {1: (0.5, 0.9), 2: (0.1, 0.2)},
        {1: (0.5, 0.1), 2: (0.1, 0.2), 3: (0.9, 0.3)},
        {1: (0.5, 0.4), 2: (0.1, 0.4)},  # either
        {1: (0.5, 0.0), 2: (0.1, 0.0)},  # nobody
    ]
    assert chosen(trio, clip(*steps)) == [Chosen(1, 1 / 2), Chosen(0, 1 / 3), Chosen(0.5, 1 / 2), Chosen(0, 1 / 2)]
