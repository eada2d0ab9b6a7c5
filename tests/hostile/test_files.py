"""A quick part of `evaluate robustness`: hostile files, and some mutated ones."""

import random

import pytest

from milo_demo.evaluation.robustness import files, fuzzing
from milo_demo.evaluation.robustness.made import CASES
from milo_demo.evaluation.robustness.made.case import A_RESULT, ANYTHING, Case, written

QUICK = [case for case in CASES if case.is_quick]
MUTATED = 6


@pytest.fixture(scope="module")
def tried() -> dict[str, files.Tried]:
    """What came of the quick ones, and of some mutated ones, all in one process."""
    plain = {}
    cases = list(QUICK)
    for number in range(MUTATED):
        chance = random.Random(number)
        kind = ("mp4", "mkv", "flac")[number % 3]
        cases.append(Case(f"mutated {number}.{kind}", _mutated(kind, chance, plain), ANYTHING, fuzzing.OPTIONS))
    return {one.name: one for one in files.run(cases)}


def _mutated(kind: str, chance: random.Random, plain: dict[str, bytes]):
    def make(path):
        if kind not in plain:
            fuzzing.SEEDS[kind](path)
            plain[kind] = path.read_bytes()
        written(fuzzing.mutated(plain[kind], chance))(path)

    return make


def test_there_are_enough_and_each_has_a_name_of_its_own():
    assert len(CASES) >= 120 and len({case.name for case in CASES}) == len(CASES)
    assert sum(case.expected not in (A_RESULT, ANYTHING) for case in CASES) >= 40


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_a_hostile_file_is_a_result_or_a_sentence(tried, case):
    assert tried[case.name].wrong == ""


@pytest.mark.parametrize("number", range(MUTATED))
def test_a_mutated_file_is_a_result_or_a_sentence(tried, number):
    [found] = [one for one in tried.values() if one.name.startswith(f"mutated {number}.")]
    assert found.wrong == ""


def test_what_gives_way_is_noticed(tmp_path):
    wrong = files._wrong
    clip = Case("clip.mp4", written(b""), "is empty")
    (tmp_path / "out").mkdir()
    assert wrong(clip, 2, "clip.mp4 is empty.", tmp_path / "none") == ""
    assert "where 'is empty' was due" in wrong(clip, 2, "clip.mp4 is odd.", tmp_path / "none")
    assert "more than a sentence" in wrong(Case("", written(b""), ANYTHING), 2, "One.\nTwo.", tmp_path / "none")
    assert wrong(Case("", written(b""), ANYTHING), 2, "One.", tmp_path / "out").startswith("left")
    assert "ended with None" in wrong(clip, None, "Traceback\nValueError", tmp_path / "none")
    assert "wrote no result" in wrong(Case("", written(b"")), 0, "", tmp_path / "out")


def test_the_same_seed_makes_the_same_files():
    first, again, other = (fuzzing.mutated(bytes(range(256)) * 40, random.Random(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_program_that_does_not_come_up_is_no_fault_of_the_files(monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    with pytest.raises(RuntimeError, match="while it loads its networks"), files.Worker():
        pass
