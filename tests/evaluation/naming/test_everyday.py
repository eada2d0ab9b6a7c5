import numpy as np
import pytest
import soundfile
import torch

from milo_demo.errors import MiloError
from milo_demo.evaluation.naming import everyday
from milo_demo.evaluation.naming.everyday import WORDS
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.grid import STEPS_PER_S
from milo_demo.models.sound import SoundFCN
from milo_demo.outside import EVERYDAY


def made(folder, folds=("1", "2")):
    noise = np.random.default_rng(0)
    for number, name in enumerate(WORDS):
        for fold in folds:
            path = folder / "recordings" / "noise" / f"{number:03}_{name}" / f"{fold}_{number}_a.ogg"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, 0.1 * noise.standard_normal(RATE_HZ + number), RATE_HZ)
    return folder


def test_every_class_has_a_word_that_the_page_says():
    assert set(WORDS.values()) <= set(EVERYDAY)


def test_clips_are_read_by_class_and_fold(tmp_path):
    clips = everyday.read(made(tmp_path) / "recordings" / "noise")
    assert clips.sounds.shape == (20, RATE_HZ + 9)
    assert clips.classes.tolist() == [place for place in range(10) for _ in range(2)]
    assert clips.folds.tolist() == [1, 2] * 10
    assert everyday.by_words(clips.sounds[:2]).shape == (2,)


def test_no_network_names_a_clip_that_it_has_learnt_from(tmp_path, monkeypatch):
    shown = []

    def learn(sounds, classes, count, design):
        shown.append(len(sounds))
        return SoundFCN(count, filters=4, late=4, gaussian="learned")

    monkeypatch.setattr(everyday.everyday, "learn", learn)
    monkeypatch.setattr(everyday.everyday, "classify", lambda network, sounds: torch.arange(10))
    monkeypatch.setattr(everyday, "by_words", lambda sounds: torch.zeros(20, dtype=torch.long))
    table = everyday.evaluate(made(tmp_path))
    assert shown == [10] * 10
    row = table["clips named rightly"]
    assert row["all"].value == row["basic"].value == 1 and row["vocabulary"].value == 0.1


def test_what_the_vocabulary_was_trained_with_is_not_counted_where_all_are_new_to_it(tmp_path, monkeypatch):
    network = SoundFCN(10, filters=4, late=4, gaussian="learned")
    monkeypatch.setattr(everyday.everyday, "learn", lambda *_: network)
    monkeypatch.setattr(everyday.everyday, "classify", lambda network, sounds: torch.arange(10))
    said = torch.tensor([place if fold == 3 else 0 for place in range(10) for fold in (3, 5)])
    monkeypatch.setattr(everyday, "by_words", lambda sounds: said)
    table = everyday.evaluate(made(tmp_path, folds=("3", "5")))
    everywhere, new = table["clips named rightly"], table["clips named rightly, folds new to all"]
    assert (everywhere["vocabulary"].value, everywhere["vocabulary"].count) == (0.55, 20)
    assert (new["vocabulary"].value, new["vocabulary"].count, new["all"].value) == (0.1, 10, 1)
    assert table["width of rain, s"]["all"].value == pytest.approx(16 / STEPS_PER_S)


def test_one_fold_says_nothing(tmp_path):
    with pytest.raises(MiloError, match="one fold only"):
        everyday.read(made(tmp_path, folds=("1",)) / "recordings" / "noise")
