import numpy as np
import pytest
import torch

from milo_demo.instruments import LABELS
from milo_demo.models.notes import PITCHES
from milo_demo.models.owner import BINS, NOBODY, SOMEONE
from milo_demo.training.hearing.library import Library
from milo_demo.training.separation import owner
from tests.training.hearing import tones


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("owners")
    library = tones.library(folder / "library")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, "LENGTH_S", 2)
        owner.prepare(library, "train", folder / "made", 1, 1)
        owner.prepare(library, "train", folder / "made", 5, 1)  # as after an interruption
    return folder / "made"


def test_mixtures_are_prepared_once_with_whose_every_note_is(prepared):
    before = {path: path.stat().st_mtime_ns for path in prepared.iterdir()}
    owner.prepare(Library(prepared.parent / "library"), "train", prepared, 5, 1)
    assert before == {path: path.stat().st_mtime_ns for path in prepared.iterdir()} and len(before) == 5
    for path in before:
        with np.load(path) as file:
            frames = file["spectrum"].shape[1]
            assert file["spectrum"].shape == (BINS, frames) and file["notes"].shape == (2, PITCHES, frames)
            known = np.unique(file["owners"])
        players = {LABELS.index(label) for label in tones.TONES_HZ}
        assert set(known.tolist()) <= players | {owner.UNKNOWN, SOMEONE, NOBODY}


def test_after_an_interruption_others_are_drawn(prepared):
    first, second = (np.load(prepared / f"{number:05d}.npz")["spectrum"] for number in (0, 1))
    assert not np.array_equal(first, second), "the second run begins with the first ensemble again"


def test_players_meet_again_each_at_most_once():
    rng = np.random.default_rng(0)
    notes = np.zeros((PITCHES, 3), np.float16)
    last = [owner._Part(torch.ones(4), number, notes) for number in (0, 0, 0, 3, None, None)]
    for _ in range(20):
        together = owner._together(last, rng)
        assert 2 <= len(together) <= 3 and len({part.owner for part in together}) == len(together)
        assert all(0.5 <= part.sound[0] <= 2 for part in together)


def test_moved_by_semitones_nothing_is_left_where_nothing_was():
    rows = np.arange(5)[:, None]
    assert owner.moved(rows, 2, -9).ravel().tolist() == [-9, -9, 0, 1, 2]
    assert owner.moved(rows, -1, 0).ravel().tolist() == [1, 2, 3, 4, 0]
    assert owner.moved(rows, 0, 0).ravel().tolist() == [0, 1, 2, 3, 4]


def test_who_is_not_asked_for_is_someone(prepared):
    rng = np.random.default_rng(0)
    for _ in range(30):
        _, _, owners, wanted = owner._draw(sorted(prepared.glob("*.npz")), rng)
        named = owners[(owners >= 0) & (owners < SOMEONE)]
        assert wanted[np.unique(named)].all()


def test_the_loss_knows_the_right_owner():
    truth = torch.full((1, PITCHES, 4), NOBODY)
    truth[0, 40] = 3
    notes = torch.zeros(1, PITCHES, 4)
    notes[0, 40] = 0.9
    right, wrong = torch.zeros(1, NOBODY + 1, PITCHES, 4), torch.zeros(1, NOBODY + 1, PITCHES, 4)
    right[0, 3, 40], wrong[0, 5, 40] = 9, 9
    assert owner.loss(right, truth, notes) < owner.loss(wrong, truth, notes)
    assert owner.loss(right, torch.full_like(truth, owner.UNKNOWN), notes) == 0
