import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from milo_demo.features.log_mel import STEP
from milo_demo.features.loudness import TARGET_DBFS, levels_dbfs
from milo_demo.instruments import LABELS
from milo_demo.training.hearing import mixtures
from milo_demo.training.hearing.instrumentation import claimed
from milo_demo.training.hearing.library import Take
from tests.training.hearing import tones


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return tones.library(tmp_path_factory.mktemp("library"))


def test_a_seed_gives_the_same_mixtures_again(library):
    first, second = (mixtures.Mixtures(library, "train", 7) for _ in range(2))
    for a, b in zip(first.draw(8, 1.0), second.draw(8, 1.0), strict=True):
        assert_close(a, b)


def test_mixtures_have_one_length_one_loudness_and_truth_of_known_labels(library):
    sound, truth = mixtures.Mixtures(library, "train", 1).draw(64, 1.0)
    assert sound.shape == (64, mixtures.SAMPLES) and sound.isfinite().all()
    loudest = levels_dbfs(sound).amax(dim=1)
    assert (loudest < TARGET_DBFS + 3).all() and (loudest > TARGET_DBFS - 15).all()
    assert truth.shape == (64, len(LABELS), mixtures.STEPS) and truth.dtype == torch.uint8
    heard = (truth == 1).any(dim=2).any(dim=0)
    assert {label for label, any_ in zip(LABELS, heard, strict=True) if any_} == set(tones.TONES_HZ)


def test_as_many_play_as_asked_for(library):
    draws = mixtures.Mixtures(library, "train", 3)
    for size in (0, 1, 4):
        _, truth = draws.draw(32, 0.0, size)
        assert ((truth != 0).any(dim=2).sum(dim=1) <= size + 1).all()  # and perhaps a look-alike
        assert ((truth == 1).any(dim=2).sum(dim=1) <= size).all()


def tone(hertz: float, level: float, begin: int = 0, end: int = mixtures.STEPS) -> Tensor:
    sound = torch.zeros(mixtures.SAMPLES)
    time_s = torch.arange((end - begin) * STEP) / 16_000
    sound[begin * STEP : end * STEP] = level * torch.sin(2 * torch.pi * hertz * time_s)
    return sound


def truth_of(players: list[Take], *sounds: Tensor) -> Tensor:
    dry = torch.stack(sounds)
    mixture = torch.zeros(len(players), dtype=torch.long)
    claims = (torch.from_numpy(table) for table in claimed(players))
    return mixtures._truth(levels_dbfs(dry), levels_dbfs(dry.sum(0, keepdim=True)), mixture, *claims)[0]


def test_truth_follows_entries_and_leaves_the_dying_note_open():
    players = [Take("violin", (), "font", "", "train"), Take("tuba", (), "font", "", "train")]
    truth = truth_of(players, tone(880, 0.1, 2, 6), tone(110, 0.1))
    assert truth[LABELS.index("violin")].tolist() == [0, 0, 1, 1, 1, 1, mixtures.UNKNOWN, 0, 0, 0]
    assert truth[LABELS.index("tuba")].tolist() == [1] * 10
    assert not truth[LABELS.index("flute")].any()


def test_nothing_is_claimed_about_the_buried_and_the_look_alikes():
    players = [Take("violin", (), "font", "", "train"), Take("tuba", (), "font", "", "train")]
    truth = truth_of(players, tone(880, 0.2), tone(110, 0.01))
    assert (truth[LABELS.index("tuba")] == mixtures.UNKNOWN).all()
    viola = Take(None, ("violin", "cello"), "other", "", "train")
    truth = truth_of([viola, players[0]], tone(800, 0.1), tone(880, 0.1, 0, 5))
    assert truth[LABELS.index("violin")].tolist() == [1] * 5 + [mixtures.UNKNOWN] * 5
    assert (truth[LABELS.index("cello")] == mixtures.UNKNOWN).all()


def test_coding_takes_the_faint_and_leaves_the_loud():
    loud, faint = tone(440, 0.1), tone(700, 0.0005)
    coded = mixtures._coded((loud + faint)[None], torch.tensor([30.0]))[0]
    spectrum = torch.fft.rfft(coded).abs()
    bins = [round(hertz * mixtures.SAMPLES / 16_000) for hertz in (440, 700)]
    before = torch.fft.rfft(loud + faint).abs()
    assert spectrum[bins[0]] > 0.9 * before[bins[0]]
    assert spectrum[bins[1]] < 0.1 * before[bins[1]]


def test_a_room_answers_at_once_and_dies_away():
    rng = np.random.default_rng(0)
    for _ in range(10):
        response = mixtures.room(rng)
        assert np.abs(response[:20]).max() > 0.1
        assert np.abs(response[-100:]).max() < 0.05
