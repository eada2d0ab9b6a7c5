import json

import pytest

from milo_demo.instruments import LABELS
from milo_demo.ui import about

CARD = {
    "name": "tag-fcn",
    "version": "1",
    "training_data": ["songs", "noise"],
    "licence": "MIT",
    "measured": {"calibration": {"top-5 in top-10": 0.8125}},
    "known_failures": ["hears a lute in every guitar"],
}


@pytest.fixture
def folders(monkeypatch, tmp_path):
    """Where imported and bundled cards are looked for; both empty."""
    imported, bundled = tmp_path / "imported", tmp_path / "bundled"
    imported.mkdir()
    bundled.mkdir()
    monkeypatch.setattr(about, "imported_folder", lambda: imported)
    monkeypatch.setattr(about, "BUNDLED", bundled)
    return imported, bundled


@pytest.mark.parametrize("role", ["sound", "spectrogram", "tags"])
def test_the_card_of_each_of_the_ears_models_is_told(folders, role):
    _, bundled = folders
    (bundled / f"{role}.json").write_text(json.dumps(CARD | {"name": f"{role}-net"}))
    text = about.text()
    assert f"(bundled) is {role}-net 1." in text
    assert "songs; noise" in text and "top-5 in top-10 0.8125" in text and "a lute in every guitar" in text


def test_an_imported_model_goes_first(folders):
    imported, bundled = folders
    (bundled / "tags.json").write_text(json.dumps(CARD))
    short = {name: CARD[name] for name in ("training_data", "licence")}
    (imported / "tags.json").write_text(json.dumps(short | {"name": "clip2frame", "version": "20160309"}))
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
