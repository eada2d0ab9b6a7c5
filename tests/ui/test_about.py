import base64
from dataclasses import replace

import pytest

from milo_demo.instruments import LABELS
from milo_demo.ui import about
from milo_demo.weights import loader
from milo_demo.weights.card import Card

CARD = Card(
    role="tags",
    name="tag-fcn",
    version="1",
    labels=("guitar",),
    config={},
    thresholds={"guitar": 0.5},
    training_data=("songs", "noise"),
    licence="MIT",
    sha256="0" * 64,
    measured={"calibration": {"top-5 in top-10": 0.8125}},
    known_failures=("hears a lute in every guitar",),
)


@pytest.fixture
def folders(monkeypatch, tmp_path):
    """Where imported and bundled cards are looked for; both empty."""
    imported, bundled = tmp_path / "imported", tmp_path / "bundled"
    imported.mkdir()
    bundled.mkdir()
    monkeypatch.setattr(loader, "imported_folder", lambda: imported)
    monkeypatch.setattr(loader, "BUNDLED", bundled)
    return imported, bundled


@pytest.mark.parametrize("role", ["sound", "spectrogram", "tags"])
def test_the_card_of_each_of_the_ears_models_is_told(folders, role):
    _, bundled = folders
    replace(CARD, role=role, name=f"{role}-net").write(bundled / f"{role}.json")
    text = about.text()
    assert f"(bundled) is {role}-net 1." in text
    assert "songs; noise" in text and "top-5 in top-10 0.8125" in text and "a lute in every guitar" in text


def test_an_imported_model_goes_first(folders):
    imported, bundled = folders
    CARD.write(bundled / "tags.json")
    replace(CARD, name="clip2frame", version="20160309", measured={}).write(imported / "tags.json")
    assert "The tag model** (imported) is clip2frame 20160309." in about.text()


def test_the_table_says_which_sense_knows_which_instrument():
    table = about.coverage(set(LABELS) - {"erhu", "harp"}, {"guitar", "cello", "harp"}, {"guitar"})
    told = {row.split("|")[1].strip(): row.split("|")[2].strip() for row in table.strip().splitlines()[2:]}
    with_boxes, with_maps, by_ear, by_eye, not_yet = told.values()
    assert (with_boxes, with_maps, by_eye, not_yet) == ("guitar", "cello", "harp", "erhu")
    assert "pipa" in by_ear.split(", ") and "French horn" in by_ear and "guitar" not in by_ear
    assert [words.split(":")[0] for words in told][2] == "By ear only"


def test_a_line_of_the_table_that_nothing_belongs_to_is_left_out():
    everything = set(LABELS)
    assert about.coverage(everything, everything, everything).count("\n|") == 3


def test_without_cards_nothing_is_said_of_the_models(folders):
    assert "model** (" not in about.text()


def test_what_the_action_model_has_learned_is_shown_as_a_picture():
    _, drawn = about.movements().split("base64,")
    assert b"<svg" in base64.b64decode(drawn.split('"')[0])
