import pytest

from milo_demo.evaluation.seeing import coco
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS

GUITAR, HARP = LABELS.index("guitar"), LABELS.index("harp")
SIZE = (384, 216)


def box(label: int, score: float = 1.0, x0: float = 0.2, side: float = 0.3) -> Detection:
    return Detection(label, score, x0, 0.2, x0 + side, 0.2 + side)


def test_what_is_there_is_found():
    truth = [[box(GUITAR)], [box(HARP), box(GUITAR, x0=0.6)], []]
    figures = coco.figures(truth, truth, [SIZE] * 3)
    for name in ("AP@0.5", "AP@0.5:0.95", "AP@0.5 harp", "AP@0.5:0.95 medium"):
        assert figures[name] == pytest.approx(1)
    assert "AP@0.5:0.95 large" not in figures  # 0.3 of 384 x 216 pixels is medium


def test_finding_nothing_and_finding_it_elsewhere_are_worth_nothing():
    truth = [[box(GUITAR)], [box(GUITAR)]]
    for found in ([[], []], [[box(GUITAR, x0=0.6)]] * 2):
        assert coco.figures(truth, found, [SIZE] * 2)["AP@0.5"] == 0


def test_a_surer_wrong_box_halves_precision():
    figures = coco.figures([[box(GUITAR)]], [[box(GUITAR, 0.9, x0=0.7, side=0.2), box(GUITAR, 0.6)]], [SIZE])
    assert figures["AP@0.5"] == pytest.approx(0.5)


def test_half_found_is_half_the_recall():
    figures = coco.figures([[box(GUITAR)], [box(GUITAR)]], [[box(GUITAR, 0.9)], []], [SIZE] * 2)
    assert figures["AP@0.5"] == pytest.approx(51 / 101)  # recall is asked at 0, 0.01 ... 1


def test_a_stricter_demand_counts_loose_boxes_less():
    loose = Detection(GUITAR, 0.9, 0.2, 0.2, 0.42, 0.5)  # IoU 0.22 / 0.3
    figures = coco.figures([[box(GUITAR)]], [[loose]], [SIZE])
    assert figures["AP@0.5"] == pytest.approx(1)
    assert figures["AP@0.5:0.95"] == pytest.approx(0.5)  # passes at 0.5, 0.55 ... 0.7


def test_a_wrong_name_counts_for_any_name_only():
    figures = coco.figures([[box(GUITAR)]], [[box(HARP, 0.9)]], [SIZE])
    assert figures["AP@0.5"] == 0
    assert figures["AP@0.5, any name"] == pytest.approx(1)


def test_intervals_hold_the_figure_and_narrow_with_more_pictures():
    def width(pictures: int) -> float:
        truth = [[box(GUITAR)]] * pictures
        found = [[box(GUITAR, 0.9)] if k % 2 else [] for k in range(pictures)]
        sizes = [SIZE] * pictures
        low, high = coco.intervals(truth, found, sizes)["AP@0.5"]
        assert low < coco.figures(truth, found, sizes)["AP@0.5"] < high
        return high - low

    assert width(40) < width(10)


def test_pictures_must_agree_in_number_and_something_must_be_there():
    with pytest.raises(ValueError, match="1 true, 2 found"):
        coco.figures([[]], [[], []], [SIZE])
    with pytest.raises(ValueError, match="none of the pictures"):
        coco.figures([[]], [[]], [SIZE])
