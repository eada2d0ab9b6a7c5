import pytest
import torch

from milo_demo.instruments import LABELS
from milo_demo.models.object_map import NO_LABEL, ObjectMap
from milo_demo.outside import LOOKS

GUITAR, PIANO, VOICE = (LABELS.index(name) for name in ("guitar", "piano", "voice"))


@pytest.fixture
def objects():
    """Four rows that read the first four features: two of guitar, one of piano, one of nothing."""
    objects = ObjectMap(rows=4, channels=4)
    with torch.no_grad():
        objects.rows.weight.copy_(torch.eye(4)[..., None, None])
        objects.rows.bias.zero_()
        objects.row_label.copy_(torch.tensor([GUITAR, GUITAR, PIANO, NO_LABEL]))
    return objects.eval()


def features(at: dict[tuple[int, int], int], size=(1, 4, 4, 6)):
    """Nothing everywhere but for the cells of `at`, which show a row."""
    picture = torch.zeros(size)
    picture[:, 3] = 24
    for (row, column), shown in at.items():
        picture[:, :, row, column] = 0
        picture[:, shown, row, column] = 24
    return picture


def test_a_map_peaks_where_the_instrument_is_and_as_high_as_its_score(objects):
    shown = {(row, column): (row + column) % 2 for row in range(2, 7) for column in range(5, 10)}
    maps, scores = objects(features(shown, (1, 4, 9, 14)))
    assert maps.shape == (1, len(LABELS), 9, 14) and scores.shape == (1, len(LABELS))
    assert scores[0].argmax() == GUITAR and scores[0, GUITAR] > 0.9
    assert torch.allclose(maps.amax((2, 3)), scores)
    assert maps[0, GUITAR].argmax() == 4 * 14 + 7 and (maps[0, GUITAR] == scores[0, GUITAR]).sum() == 1
    assert maps[0, GUITAR, 2:7, 5:10].min() > 0.3 and maps[0, GUITAR, :, :3].max() < 0.1


def test_what_is_almost_certain_still_has_a_highest_place(objects):
    """Where one label fills the picture, its odds are beyond what a probability of 1 can say."""
    picture = features({(row, column): 0 for row in range(4) for column in range(6)})
    picture[:, 0, 2, 3] = 40
    odds = objects.log_odds(picture)[0, GUITAR]
    assert odds.argmax() == 2 * 6 + 3 and odds.isfinite().all()
    assert odds[2, 3] - odds[0, 0] == pytest.approx(16, abs=0.01)


def test_labels_without_rows_and_empty_pictures_show_nothing(objects):
    maps, scores = objects(features({}))
    assert scores.max() < 0.1 and maps.max() < 0.1
    assert (maps[0, VOICE] == 0).all() and scores[0, VOICE] == 0
    assert maps.isfinite().all()


def test_two_labels_in_two_places_are_both_found(objects):
    _, scores = objects(features({(0, 0): 0, (0, 1): 0, (1, 0): 0, (3, 5): 2, (3, 4): 2, (2, 5): 2}))
    assert scores[0, GUITAR] > 0.5 and scores[0, PIANO] > 0.5


def test_one_place_cannot_be_two_things(objects):
    both = torch.zeros(1, 4, 1, 1)
    both[:, 0], both[:, 2] = 12, 12
    _, scores = objects(both)
    assert scores[0, GUITAR] + scores[0, PIANO] < 1.05


def test_rows_of_one_label_add_up(objects):
    odds = objects.log_odds(torch.zeros(1, 4, 1, 1))[0, :, 0, 0]
    assert odds[GUITAR] == pytest.approx(0, abs=1e-5)  # two rows of four
    assert odds[PIANO] == pytest.approx(-1.0986, abs=1e-3)  # one of four


def test_a_stricter_calibration_lowers_a_map_and_leaves_its_shape(objects):
    seen = features({(1, 2): 0, (2, 2): 0})
    loose, _ = objects(seen)
    objects.offset.fill_(-3.0)
    strict, _ = objects(seen)
    assert strict.max() < loose.max()
    assert torch.allclose(strict[0, GUITAR] / strict[0, GUITAR].max(), loose[0, GUITAR] / loose[0, GUITAR].max())


def test_what_is_outside_the_taxonomy_has_scores_of_its_own(objects):
    objects.other_rows = {"sitar": [3]}
    a_guitar = {(row, column): 0 for row in range(9) for column in range(14)}
    rows = objects.rows(torch.cat([features({}, (1, 4, 9, 14)), features(a_guitar, (1, 4, 9, 14))]))
    others = objects.others(rows)
    assert others.shape == (2, len(LOOKS))
    sitar = list(LOOKS).index("sitar")
    assert others[0, sitar] > 0.9 and others[1, sitar] < 0.1
    assert others[0].sum() - others[0, sitar] < 1e-3
