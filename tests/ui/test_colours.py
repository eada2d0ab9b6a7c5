from itertools import combinations

import pytest

from milo_demo.instruments import BY_NAME, INSTRUMENTS
from milo_demo.ui.colours import GROUNDS, READABLE, standing_out
from tests.ui.sight import SIGHT, contrast, distance

FAMILIES = ("piano", "saxophone", "guitar", "violin", "drum", "trumpet", "voice")
"""One of each, in its family's main colour."""


@pytest.mark.parametrize("mood", GROUNDS)
def test_what_is_drawn_in_an_instruments_colour_stands_out_of_the_page(mood):
    for instrument in INSTRUMENTS:
        shown = standing_out(instrument.colour, mood, READABLE)
        assert contrast(shown, GROUNDS[mood], "common") >= 4.5, instrument.name


def test_every_sign_can_be_read_on_its_colour():
    assert all(contrast(instrument.colour, instrument.ink, "common") >= 4.5 for instrument in INSTRUMENTS)


@pytest.mark.parametrize("sight", SIGHT)
def test_every_eye_tells_the_families_apart(sight):
    """Within a family, and where that does not do, the two letters tell."""
    for first, second in combinations(FAMILIES, 2):
        assert distance(BY_NAME[first].colour, BY_NAME[second].colour, sight) > 15, (first, second)
