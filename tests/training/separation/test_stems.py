import numpy as np
import pytest
import torch
from torch.testing import assert_close

from milo_demo.instruments import LABELS
from milo_demo.models.masks import REST, MaskNet
from milo_demo.training.hearing.library import Library, Take, prepare
from milo_demo.training.hearing.mixtures import BAND
from milo_demo.training.learner import Learner, TimeBudget
from milo_demo.training.separation import masks
from milo_demo.training.separation.masks import loss, targets
from milo_demo.training.separation.stems import StemMaker, Stems, asked, to_fit_and_to_measure
from tests.training.hearing import tones

SAMPLES = 16_000


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return tones.library(tmp_path_factory.mktemp("library"))


def test_a_seed_gives_the_same_parts_again(library):
    first, second = (StemMaker(library, "train", 3, SAMPLES).draw(5) for _ in range(2))
    assert_close(first.sound, second.sound)
    assert first.takes == second.takes


def test_a_resumed_run_hears_other_mixtures(library, monkeypatch):
    heard: list[float] = []

    def noted(stems, batch, rng):
        heard.append(float(stems.sound.abs().sum()))
        return asked(stems, batch, rng)

    for name, value in {"asked": noted, "BATCH": {"cpu": 1, "cuda": 1}, "FRAMES": 32}.items():
        monkeypatch.setattr(masks, name, value)
    for already in (0, 0, 100):
        budget = TimeBudget(1)
        budget.steps = already
        next(masks.steps(library, Learner(MaskNet(), 1e-3), budget, seed=1))
    assert heard[0] == heard[1] != heard[2]


def test_parts_know_their_mixture_and_are_heard(library):
    stems = StemMaker(library, "train", 1, SAMPLES).draw(12)
    assert set(stems.group) == set(range(12)) and len(stems.takes) == len(stems.sound)
    assert stems.sound.shape[1] == SAMPLES and stems.sound.isfinite().all()
    assert (stems.sound.square().mean(dim=1) > 1e-6).all()


def test_a_song_is_sometimes_whole_and_its_parts_stay_on_one_clock(tmp_path):
    rng = np.random.default_rng(0)
    parts = [
        Take("voice", (), "real", "mir1k/amy", "train", piece="amy_1"),
        Take(None, (), "other", BAND, "train", piece="amy_1"),
        Take(None, (), "other", BAND, "train", piece="davidson_1"),  # of the singer kept apart
        *(Take(label, (), "font", "tone", "train") for label in ("violin", "flute", "piano")),
    ]
    prepare([(take, 0.1 * rng.standard_normal(160_000).astype(np.float32)) for take in parts], tmp_path)
    stems = StemMaker(Library(tmp_path), "train", 1, SAMPLES).draw(40, {"song": 1.0})
    bands = [part for part, take in enumerate(stems.takes) if take.source == BAND]
    assert {stems.takes[part].piece for part in bands} == {"amy_1"}
    assert 0.2 < np.mean([stems.starts[part] == stems.starts[part - 1] for part in bands]) < 0.8  # the singer is before


def test_nobody_is_measured_on_who_was_fitted_to(tmp_path):
    takes = [Take(label, (), "real", f"set/{label}", "calibration") for label in ("violin", "flute") for _ in range(6)]
    takes += [Take("harp", (), "font", "only/harp", "calibration")]
    takes += [Take("voice", (), "real", "set/voice", "train")]
    takes += [
        Take(label, (), "font", "scores", "calibration", piece=f"duo {number}")
        for number in range(3)
        for label in ("tuba", "cello")
    ]
    prepare([(take, np.random.default_rng(0).normal(0, 0.1, 160_000).astype(np.float32)) for take in takes], tmp_path)
    drawn = [
        [take for _ in range(40) for take in maker.draw(1, {"score": 0.3, "ensemble": 0.7}).takes]
        for maker in to_fit_and_to_measure(Library(tmp_path), 1, SAMPLES)
    ]
    fitted, measured = ({take.start for take in some} for some in drawn)
    assert not fitted & measured
    assert {take.label for take in drawn[0]} == {"violin", "flute", "harp", "tuba", "cello"}
    assert {take.label for take in drawn[1]} == {"violin", "flute", "tuba", "cello"}
    assert {take.piece for take in drawn[1]} == {"", "duo 2"}


def made(*labels: str | None) -> Stems:
    takes = [Take(label, (), "font", "", "train") for label in labels]
    sound = torch.eye(len(labels)).repeat_interleave(100, dim=1)
    return Stems(sound, np.zeros(len(labels), int), takes, np.zeros(len(labels), int), np.ones(len(labels)))


def test_who_is_not_asked_for_belongs_to_the_rest():
    stems = made("violin", "drum", None)
    truth, wanted, rows = targets(stems, [["drum", "flute"]], 1)
    assert rows.tolist() == [[LABELS.index("drum"), LABELS.index("flute"), REST]]
    assert wanted[0].nonzero().flatten().tolist() == sorted([LABELS.index("drum"), LABELS.index("flute")])
    assert_close(truth[0, 0], stems.sound[1])
    assert not truth[0, 1].any()  # asked for, but nobody plays it
    assert_close(truth[0, 2], stems.sound[0] + stems.sound[2])
    assert_close(truth.sum(dim=1)[0], stems.sound.sum(dim=0))


def test_names_that_are_asked_for_are_mostly_those_who_play():
    rng = np.random.default_rng(0)
    names = [asked(made("violin", "drum"), 1, rng)[0] for _ in range(300)]
    strangers = sum(any(name not in ("violin", "drum") for name in some) for some in names)
    assert all(names) and 20 < strangers < 90
    assert 200 < sum("violin" in some for some in names) < 260


def test_the_loss_falls_as_rows_come_nearer_and_silence_teaches_nothing():
    parts = torch.randn(1, 2, 513, 8, dtype=torch.complex64)
    mixture, rows = parts.sum(dim=1), torch.tensor([[0, REST]])
    fair = torch.zeros(1, 2, 513, 8)
    ideal = torch.stack([(parts[:, 0].abs() / parts[:, 1].abs()).log(), torch.zeros(1, 513, 8)], dim=1)
    assert loss(ideal, mixture, parts, rows) < loss(fair, mixture, parts, rows)
    assert loss(fair, 0 * mixture, 0 * parts, rows).isfinite()
