from pathlib import Path

import numpy as np

from milo_demo.evaluation.seeing import rare
from milo_demo.evaluation.seeing.predictions import Prediction
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing.photos import Photo

CELLO, VIOLIN = LABELS.index("cello"), LABELS.index("violin")


def said(mapped: int, *boxed: tuple[int, float]) -> Prediction:
    maps = np.zeros((len(LABELS), 2, 2), np.float32)
    maps[mapped, 0, 0] = 0.8
    return Prediction((64, 64), maps, [Detection(label, score, 0, 0, 1, 1) for label, score in boxed])


def photo(kind: str, collection: str = "new/in_taxonomy") -> Photo:
    return Photo(Path(f"{kind}.jpg"), kind, collection)


def test_new_photos_and_look_alikes_are_told_from_all_others():
    album = [photo("cello"), photo("viola", "new/outsiders"), photo("cello", "jray10"), photo("guitar")]
    assert rare.kept(album) == ([album[0], album[3]], [album[1]])


def test_right_and_wrong_boxes_are_counted_apart():
    album = [photo("cello")] * 4
    ours = [
        said(CELLO, (CELLO, 0.9)),
        said(VIOLIN, (CELLO, 0.6), (VIOLIN, 0.7)),
        said(CELLO, (VIOLIN, 0.9)),
        said(CELLO, (CELLO, 0.4)),
    ]
    table = rare.measure(album, {"ours": ours, "teacher": ours[:1] * 4})
    assert table["new photos: top-1"]["maps"].value == 0.75 and table["new photos: top-1"]["teacher"].value == 1
    assert table["new photos: right box"]["boxes"].value == table["new photos: right box, cello"]["boxes"].value == 0.5
    assert table["new photos: wrong box"]["boxes"].value == 0.5


def test_a_look_alike_is_boxed_by_any_name():
    table = rare.look_alikes([said(CELLO, (VIOLIN, 0.6)), said(CELLO, (VIOLIN, 0.4)), said(CELLO)])
    assert table["look-alikes: any name at 0.5"]["boxes"].value == 1 / 3
    assert table["look-alikes: any name at 0.5"]["maps"].value == 1
