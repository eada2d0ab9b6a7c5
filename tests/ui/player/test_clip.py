"""Python and the player's scripts speak of the same clip."""

import re

from milo_demo.ui import views
from milo_demo.ui.layout import PLAYER
from tests.ui import drawn


def told(name: str) -> set[str]:
    """The fields of a type as clip.js describes it."""
    script = (PLAYER / "clip.js").read_text(encoding="utf-8")
    (description,) = re.findall(rf"@typedef \{{object\}} {name}\n(.*?)(?:@typedef|\*/)", script, re.DOTALL)
    return set(re.findall(r"@property \{.*?\} (\w+)", description))


def test_the_scripts_know_every_field_that_python_hands_over_and_no_other(tmp_path):
    clip = views.result(drawn.analysis(), tmp_path, drawn=False).player
    assert clip.keys() == told("Clip")
    assert clip["maps"]["seen"].keys() == told("MapsFile")
    assert {key for said in clip["verdicts"] for key in said} == told("Said")
    assert {key for label in clip["labels"] for key in label} == told("Instrument") | told("Heard")
