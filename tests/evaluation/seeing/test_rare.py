from pathlib import Path

import numpy as np
import pytest

from milo_demo.evaluation.seeing import rare
from milo_demo.evaluation.seeing.predictions import Prediction
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.outside import LOOKS
from milo_demo.training.seeing.photos import Photo

CELLO, VIOLIN = LABELS.index("cello"), LABELS.index("violin")


def said(mapped: int, *boxed: tuple[int, float], score: float = 0.8, sitar: float = 0.0) -> Prediction:
    maps = np.zeros((len(LABELS), 2, 2), np.float32)
    maps[mapped, 0, 0] = score
    others = np.where(np.array(list(LOOKS)) == "sitar", np.float32(sitar), np.float32(0))
    return Prediction((64, 64), maps, [Detection(label, score, 0, 0, 1, 1) for label, score in boxed], others)


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


def test_what_milo_knows_is_told_from_what_it_does_not():
    known = [said(CELLO, (CELLO, 0.9)), said(CELLO, (CELLO, 0.4), score=0.4, sitar=0.9)]
    others = [said(CELLO, (CELLO, 0.6), score=0.1, sitar=0.95), said(CELLO, score=0.1, sitar=0.85), said(CELLO)]
    shown = [photo(kind) for kind in ("cello", "violin", "sitar", "lute", "gong")]
    table = rare.strangers("photos", dict(zip(shown, known + others, strict=True)))
    assert table["photos: known from others, AUROC"]["boxes"].value == pytest.approx(5 / 6)
    assert table["photos: others, looks like what it is"]["boxes"].value == 0
    assert table["photos: others, looks like any"]["boxes"].value == pytest.approx(1 / 3)
    assert table["photos: known, looks like something else"]["boxes"].value == 0.5
