import itertools

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from milo_demo.errors import MiloError
from milo_demo.training import learner
from milo_demo.training.learner import Learner, TimeBudget, write_numbers
from milo_demo.weights.card import Card
from milo_demo.weights.registry import BUNDLED


class Second:
    """A clock on which a second passes whenever one looks."""

    def __init__(self):
        self._seconds = itertools.count(1)

    def monotonic(self):
        return float(next(self._seconds))


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(learner, "time", Second())


def pupil():
    torch.manual_seed(0)
    return Learner(nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1)), 0.1)


def test_the_mean_of_networks_leaves_them_as_they_are():
    one, other = nn.BatchNorm1d(1), nn.BatchNorm1d(1)
    with torch.no_grad():
        other.weight.fill_(3.0)
        other.running_mean.fill_(5.0)
    other.num_batches_tracked.fill_(7)
    mean = learner.mean_of([one, other])
    assert [value.item() for value in mean.state_dict().values()] == [2.0, 0.0, 2.5, 1.0, 0]
    assert (one.weight.item(), other.weight.item()) == (1.0, 3.0)


def steps(student, budget):
    """Of a network that is to say 3; the pictures of step k are a function of k."""
    for number in itertools.count(budget.steps):
        torch.manual_seed(number)
        loss = (student.module(torch.rand(4, 2)) - 3).square().mean()
        student.step(loss, budget)
        yield {"loss": loss, "number": torch.tensor(float(number))}


def fit(student, seconds, **options):
    budget = TimeBudget(seconds / 60)
    learner.fit(steps(student, budget), {"student": student}, budget, **options)
    return budget


def test_training_ends_when_its_time_is_spent():
    assert fit(pupil(), 5).steps == 6  # the first second passes between the first two steps
    student = pupil()
    before = student.averaged[0].weight.clone()
    assert fit(student, 0).steps == 0 and torch.equal(student.averaged[0].weight, before)


def test_a_step_that_took_long_was_interrupted(monkeypatch):
    monkeypatch.setattr(learner, "LONGEST_STEP_S", 0.5)
    assert fit(pupil(), 5).steps == 11


def test_a_run_in_two_parts_takes_the_steps_of_one_in_one_part(tmp_path, monkeypatch):
    monkeypatch.setattr(TimeBudget, "progress", 0.5)  # a longer run falls more slowly
    whole, first, second = pupil(), pupil(), pupil()
    fit(whole, 9)
    fit(first, 4, resume_file=tmp_path / "state", notes={"photo": (1, 2)})
    assert learner.read_state(tmp_path / "state")["notes"] == {"photo": (1, 2)}
    budget = fit(second, 8, resume_file=tmp_path / "state")  # the second between the parts is nobody's
    assert budget.steps == 10
    for one, other in zip(whole.averaged.state_dict().values(), second.averaged.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other)
    assert learner.read_state(tmp_path / "state")["budget"] == budget.state_dict()


def test_the_state_is_written_now_and_then(tmp_path):
    student, budget = pupil(), TimeBudget(1)
    taken = itertools.islice(steps(student, budget), 7)
    with pytest.raises(StopIteration):  # in place of a power cut
        learner.fit(taken, {"student": student}, budget, resume_file=tmp_path / "state", save_every=3)
    assert learner.read_state(tmp_path / "state")["budget"]["steps"] == 6
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_it_says_now_and_then_how_it_goes(capsys):
    fit(pupil(), 5, say_every=3)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and "step 3  loss " in lines[0] and lines[1].endswith("number 5.000")


def test_the_state_of_another_training_is_refused_in_one_sentence(tmp_path):
    fit(pupil(), 2, resume_file=tmp_path / "state")
    student, budget = pupil(), TimeBudget(1)
    with pytest.raises(MiloError, match=r"state is of another training, without rival: delete it\.$"):
        learner.fit(steps(student, budget), {"rival": student}, budget, resume_file=tmp_path / "state")
    assert fit(student, 2, resume_file=tmp_path / "state", resume=False).steps == 3, "begun anew"
    assert learner.read_state(tmp_path / "nowhere") is None


def test_numbers_too_large_for_half_precision_are_not_written_as_infinite(tmp_path):
    module = nn.BatchNorm1d(2)
    module.running_var.fill_(1e5)
    with pytest.raises(ValueError, match="running_var"):
        write_numbers(module, tmp_path / "out.safetensors")
    write_numbers(module, tmp_path / "out.safetensors", exact=("running_var",))
    assert load_file(tmp_path / "out.safetensors")["running_var"].tolist() == [1e5, 1e5]


def test_what_is_trained_anew_has_a_version_of_its_own(tmp_path):
    record = {"name": "a", "labels": [], "config": {}, "thresholds": {}, "training_data": ["b"], "licence": "MIT"}
    for role in ("masks", "trunk", "object", "sound", "spectrogram"):
        card = learner.write_checkpoint(nn.Linear(1, 1), record | {"role": role}, tmp_path / "out.safetensors")
        assert int(card.version) == int(Card.read(BUNDLED / f"{role}.json").version) + 1
    kept = learner.write_checkpoint(
        nn.Linear(1, 1), record | {"role": "hands", "version": "0.10.21"}, tmp_path / "out.safetensors"
    )
    assert kept.version == "0.10.21"
