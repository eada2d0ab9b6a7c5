import json

import pytest

from milo_demo.ui import about

CARD = {
    "name": "tag-fcn",
    "version": "1",
    "training_data": ["songs", "noise"],
    "licence": "MIT",
    "measured": {"calibration": {"top-5 in top-10": 0.8125, "names": ["not", "a", "figure"]}},
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


def test_the_tag_models_card_is_told(folders):
    _, bundled = folders
    (bundled / "tags.json").write_text(json.dumps(CARD))
    text = about.text()
    assert "tag-fcn 1, distilled from the original" in text
    assert "songs; noise" in text and "top-5 in top-10 0.812" in text and "a lute in every guitar" in text


def test_an_imported_model_goes_first(folders):
    imported, bundled = folders
    (bundled / "tags.json").write_text(json.dumps(CARD))
    short = {name: CARD[name] for name in ("training_data", "licence")}
    (imported / "tags.json").write_text(json.dumps(short | {"name": "clip2frame", "version": "20160309"}))
    assert "clip2frame 20160309, the imported original" in about.text()


def test_without_a_tag_model_nothing_is_said_of_it(folders):
    assert "tag model" not in about.text()
