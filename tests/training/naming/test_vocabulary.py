import pytest
import torch

from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.models.naming.vocabulary import Vocabulary
from milo_demo.training.naming import vocabulary
from milo_demo.training.naming.vocabulary import Examples
from milo_demo.weights.card import Card


def test_a_name_is_no_longer_believed_where_a_word_speaks_against_it():
    """Two sounds that pass for a guitar: a guitar, and a harpsichord, which the features tell apart."""
    torch.manual_seed(0)
    guitar, plucked = LABELS.index("guitar"), len(LABELS) + FAMILIES.index("plucked string")
    count, steps = 768, 2
    harpsichord = torch.arange(count) % 2 == 1
    features = torch.zeros(count, steps, 1024)
    features[harpsichord, :, 0] = 1.0
    heard = torch.full((count, steps, len(LABELS)), -5.0)
    heard[:, :, guitar] = 2.0
    said = torch.full((count, steps, 2), 0.01)
    said[harpsichord, :, 1] = 0.95
    truth = torch.zeros(count, steps, len(LABELS) + len(FAMILIES), dtype=torch.uint8)
    truth[~harpsichord, :, guitar] = truth[~harpsichord, :, plucked] = 1
    start = {"weight": torch.zeros(2, 1024), "bias": torch.tensor([-4.0, -4.0])}
    start["weight"][1, 0] = 7.0  # what the teacher knew
    network = Vocabulary(["guitar", "harpsichord"])
    vocabulary.learn(Examples(features, heard, said, truth), network, start, seed=1)
    words, names, families = network(features[:2], heard[:2])
    believed = names.sigmoid()[:, 0, guitar]
    assert believed[1] < believed[0] - 0.1 and believed[0] > 0.6
    assert words[1, 0, 1] > words[0, 0, 1]
    assert families[0, 0, FAMILIES.index("plucked string")] > families[1, 0, FAMILIES.index("plucked string")]


def test_the_card_of_kept_examples_tells_what_they_took(tmp_path, monkeypatch):
    width = len(LABELS) + len(FAMILIES)
    few = Examples(
        torch.rand(2, 1, 1024), torch.zeros(2, 1, len(LABELS)), torch.zeros(2, 1, 2), torch.zeros(2, 1, width)
    )

    def made(library, teacher, budget, seed, split="train"):
        if split == "train":
            budget.trained_s, budget.steps = 900.0, 120
        yield few

    teacher = torch.nn.Module()
    teacher.head = torch.nn.Linear(1024, 2)
    for name, value in {
        "_examples": made,
        "learn": lambda examples, network, *_: network,
        "measured": lambda *_: {},
    }.items():
        monkeypatch.setattr(vocabulary, name, value)
    monkeypatch.setattr(vocabulary.teachers, "load_yamnet", lambda data: teacher)
    monkeypatch.setattr(vocabulary.teachers, "class_names", lambda data: ["guitar", "harp"])
    monkeypatch.setattr(vocabulary.sounds, "library", lambda *_: None)
    for _ in range(2):
        vocabulary.train(tmp_path, tmp_path / "vocabulary.safetensors", minutes=15, workdir=tmp_path)
        notes = Card.read(tmp_path / "vocabulary.json").notes
        assert (notes["trained_s"], notes["steps"]) == (900, 120) and notes["recipe"].endswith("--minutes 15")
    monkeypatch.setattr(vocabulary, "_examples", lambda *_: pytest.fail("made again"))
    with pytest.raises(pytest.fail.Exception):
        vocabulary.train(tmp_path, tmp_path / "vocabulary.safetensors", minutes=15, seed=2, workdir=tmp_path)
