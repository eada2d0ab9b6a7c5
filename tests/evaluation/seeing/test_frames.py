import numpy as np
import pytest
from PIL import Image

from milo_demo.evaluation.seeing import baselines, frames
from milo_demo.evaluation.seeing.predictions import Prediction
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS

GUITAR = LABELS.index("guitar")


@pytest.mark.parametrize("size", [(60, 40), (30, 80)])
@pytest.mark.parametrize("part", [1.0, 0.5])
def test_boxes_move_with_the_photo_into_the_frame(size, part):
    picture = Image.new("RGB", size, (0, 0, 40))
    picture.paste((255, 0, 0), (size[0] // 2, 0, size[0], size[1] // 2))
    frame, [box] = frames.in_frame(picture, [Detection(GUITAR, 1.0, 0.5, 0.0, 1.0, 0.5)], 128, part)
    red = np.array(frame)[..., 0] > 128
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    seen = columns[0] / 128, rows[0] / 96, (columns[-1] + 1) / 128, (rows[-1] + 1) / 96
    assert frame.size == (128, 96) and box.sides == pytest.approx(seen, abs=1.5 / 96)
    rows, columns = np.nonzero(np.array(frame).any(axis=2))
    assert max(np.ptp(rows) / 96, np.ptp(columns) / 128) == pytest.approx(part, abs=0.03)


def test_all_sizes_are_measured_beside_the_guess(data, monkeypatch, tmp_path):
    def seen(eye, pictures):
        for picture in pictures:
            maps = np.zeros((len(LABELS), 3, 4), np.float32)
            maps[GUITAR, 1, 1] = 1
            yield Prediction(picture.size, maps, [])

    monkeypatch.setattr(frames, "SIDES_PX", (64, 96))
    monkeypatch.setattr(frames, "predict", seen)
    monkeypatch.setattr(frames, "predict_twice", seen)
    monkeypatch.setattr(baselines, "by_folds", lambda ours, real, pictures, folder, how: list(how(ours, pictures)))
    table = frames.measure(None, data, tmp_path)
    for words in frames.HEIGHTS:
        for look in ("64 px", "96 px", "64 px twice"):
            assert set(table[f"guitar_boxes, {words}, {look}: hit"]) == {"maps", "folds", "centre"}
            assert table[f"guitar_boxes, {words}, {look}: AP@0.5"]["folds"].value == 0
            assert table[f"guitar_boxes, {words}, {look}: hit"]["folds"].value == 0
