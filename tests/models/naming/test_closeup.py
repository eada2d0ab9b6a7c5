import pytest
import torch

from milo_demo.instruments import LABELS
from milo_demo.models.naming.closeup import NOTHING, CloseUp

GUITAR, UKULELE = LABELS.index("guitar"), LABELS.index("ukulele")


@pytest.fixture
def closeup():
    return CloseUp(["guitar", "lute", "ukulele", NOTHING]).eval()


def seen(**labels: float) -> torch.Tensor:
    scores = torch.zeros(1, len(LABELS))
    for label, score in labels.items():
        scores[0, LABELS.index(label)] = score
    return scores


def said(closeup: CloseUp, logits: list[float], sure: float = 0.8, **labels: float) -> tuple[int, float]:
    with torch.inference_mode():
        [label], [score] = closeup.judge(torch.tensor([logits]), torch.tensor([sure]), seen(**labels))
    return int(label), float(score)


def test_cut_outs_are_named_by_a_row_each(closeup):
    assert closeup(torch.rand(3, 1280)).shape == (3, 4)


def test_a_box_has_the_name_that_cut_out_and_map_agree_on(closeup):
    assert said(closeup, [0.0, -4.0, 4.0, -4.0], ukulele=0.4, guitar=0.3)[0] == UKULELE
    assert said(closeup, [0.5, -4.0, 0.0, -4.0], ukulele=0.9)[0] == UKULELE, "the map decides where the cut-out doubts"


def test_what_is_another_instrument_or_nothing_is_not_sure_to_be_one_of_ours(closeup):
    sure = said(closeup, [6.0, 0.0, 0.0, 0.0], guitar=0.9)
    assert sure[0] == GUITAR and sure[1] > 0.9
    assert said(closeup, [0.0, 8.0, 0.0, 0.0], guitar=0.5)[1] < 0.2
    assert said(closeup, [0.0, 0.0, 0.0, 8.0], guitar=0.5)[1] < 0.2


def test_what_the_detector_doubts_is_doubted(closeup):
    assert (
        said(closeup, [2.0, 0.0, 0.0, 0.0], 0.1, guitar=0.5)[1]
        < said(closeup, [2.0, 0.0, 0.0, 0.0], 0.9, guitar=0.5)[1]
    )
