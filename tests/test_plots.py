from xml.etree import ElementTree

import numpy as np

from milo_demo import plots
from milo_demo.instruments import LABELS


def words(path) -> str:
    return " ".join(element.text or "" for element in ElementTree.parse(path).iter() if element.tag.endswith("text"))


def test_a_confusion_shows_the_labels_that_occur(tmp_path):
    table = np.zeros((26, 26), int)
    table[LABELS.index("violin"), LABELS.index("erhu")] = 3
    plots.confusion(table, tmp_path / "new" / "confusion.svg", "Phrases")
    shown = words(tmp_path / "new" / "confusion.svg")
    assert "violin (3)" in shown and "erhu" in shown and "tuba" not in shown


def test_recalls_are_bars_with_their_numbers(tmp_path):
    plots.recalls({"french_horn": (0.5, 1.0, 4)}, tmp_path / "recall.svg", "Phrases")
    assert "French horn (4)" in words(tmp_path / "recall.svg")


def test_widths_are_in_seconds_and_the_same_file_twice(tmp_path):
    widths = np.geomspace(0.5, 8, 26).astype(np.float32)
    for name in ("one", "two"):
        plots.widths(widths, 8.0, tmp_path / f"{name}.svg", "Widths")
    assert "seconds" in words(tmp_path / "one.svg") and "voice" in words(tmp_path / "one.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_boxes_are_counted_by_class_and_split(tmp_path):
    plots.box_counts({"train": {"french_horn": 3}, "val": {"harp": 1}}, tmp_path / "classes.svg")
    shown = words(tmp_path / "classes.svg")
    assert "French horn" in shown and "harp" in shown and "tuba" not in shown
    assert "train (filled), val (outline)" in shown


def test_sizes_and_places_name_their_splits(tmp_path):
    plots.box_sizes({"train": [0.1, 0.2], "val": []}, tmp_path / "sizes.svg")
    assert "train" in words(tmp_path / "sizes.svg") and "val" in words(tmp_path / "sizes.svg")
    places = np.zeros((4, 4))
    plots.box_places({"train": places + 1, "val": places}, tmp_path / "places.svg")
    assert "boxes: train" in words(tmp_path / "places.svg") and "boxes: val" in words(tmp_path / "places.svg")


def test_precisions_are_bars_with_their_numbers(tmp_path):
    plots.precisions({"harp": (0.5, 0.4, 0.6, 12)}, tmp_path / "precision.svg", "Boxes")
    assert "harp (12)" in words(tmp_path / "precision.svg")
