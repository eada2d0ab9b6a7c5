"""Model cards: what they must say, and what happens to those that do not."""

import json

import pytest

from milo_demo.errors import MiloError
from milo_demo.weights.card import Card
from milo_demo.weights.registry import BUNDLED, sha256

RECORD = {
    "role": "sound",
    "name": "net",
    "version": "1",
    "labels": ["guitar", "voice"],
    "config": {"late": 4},
    "thresholds": {"guitar": 0.5, "voice": 0.25},
    "training_data": ["songs (CC0)"],
    "licence": "MIT",
    "sha256": "0123456789abcdef" * 4,
    "measured": {"songs": {"AUC": 0.9}},
    "seed": 3,
    "history": "trained on a Tuesday",
}


def test_a_card_comes_back_as_it_was_written_with_all_that_its_recipe_says(tmp_path):
    card = Card.from_record(RECORD)
    assert card.labels == ("guitar", "voice") and card.notes == {"seed": 3, "history": "trained on a Tuesday"}
    card.write(tmp_path / "sound.json")
    assert Card.read(tmp_path / "sound.json") == card
    kept = json.loads((tmp_path / "sound.json").read_text(encoding="utf-8"))
    assert RECORD.items() <= kept.items()


@pytest.mark.parametrize("change, words", [
    ({"thresholds": {"guitar": 0.5}}, "differ in voice"),
    ({"thresholds": {"guitar": 0.5, "voice": 0.5, "harp": 0.5}}, "differ in harp"),
    ({"thresholds": {"guitar": 0.5, "voice": 1.5}}, "outside 0-1"),
    ({"labels": ["guitar", "guitar"]}, "twice"),
    ({"training_data": []}, "training_data is missing"),
    ({"licence": ""}, "licence is missing"),
    ({"version": 2}, "version is missing"),
    ({"sha256": "abc"}, "sha256"),
    ({"sha256": "G" * 64}, "sha256"),
    ({"measured": {"songs": {"AUC": float("nan")}}}, "no number"),
    ({"measured": {"songs": {"AUC": "high"}}}, "no number"),
])  # fmt: skip
def test_a_card_that_contradicts_itself_is_refused(tmp_path, change, words):
    with pytest.raises(ValueError, match=words):
        Card.from_record(RECORD | change)
    path = tmp_path / "sound.json"
    path.write_text(json.dumps(RECORD | change))
    with pytest.raises(MiloError, match=r"sound\.json is no model card"):
        Card.read(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"role": "sound"}', "7"])
def test_what_is_no_card_is_one_sentence(tmp_path, content):
    (tmp_path / "sound.json").write_text(content)
    with pytest.raises(MiloError, match="no model card"):
        Card.read(tmp_path / "sound.json")


@pytest.mark.parametrize("path", sorted(BUNDLED.rglob("*.json")), ids=lambda path: path.stem)
def test_every_bundled_card_is_one_and_names_its_numbers(path):
    assert Card.read(path).sha256 == sha256(path.with_suffix(".safetensors"))
