"""A question in words as conditions."""

import pytest

from milo_demo.collection.query import ADVICE, AtOnce, Between, Plays, Tagged, parse
from milo_demo.errors import MiloError


@pytest.mark.parametrize("text, conditions", [
    ("flute", [Plays("flute", any_sense=True)]),
    ("Flutes heard, not seen", [Plays("flute", (("heard", True), ("seen", False)))]),
    ("heard flute but not seen", [Plays("flute", (("heard", True), ("seen", False)))]),
    ("harp not played", [Plays("harp", (("played", False),))]),
    ("no voice", [Plays("voice", any_sense=False)]),
    ("violin and french horn together", [Plays(it, (("heard", True),)) for it in ("violin", "french_horn")]),
    ("guitar heard and harp seen", [Plays("guitar", (("heard", True),)), Plays("harp", (("seen", True),))]),
    ("violin + piano at once for 5 seconds", [AtOnce(("violin", "piano"), ("heard",), 5.0)]),
    ("violin, piano, cello played at once", [AtOnce(("violin", "piano", "cello"), ("played",), 0.0)]),
    ("guitar, harp seen and heard at once", [AtOnce(("guitar", "harp"), ("seen", "heard"), 0.0)]),
    ("guitar, harp heard not seen at once", [
        AtOnce(("guitar", "harp"), ("heard",), 0.0), *(Plays(it, (("seen", False),)) for it in ("guitar", "harp"))
    ]),
    ("no violin, guitar", [Plays("violin", any_sense=False), Plays("guitar", any_sense=True)]),
    ("guitar, no violin", [Plays("guitar", any_sense=True), Plays("violin", any_sense=False)]),
    ("no violin and harp", [Plays("violin", any_sense=False), Plays("harp", any_sense=False)]),
    ("tag acoustic guitar not tag slow", [Tagged("acoustic guitar"), Tagged("slow", wanted=False)]),
    ("tempo 60-90", [Between("tempo_bpm", 60, 90)]),
    ("tempo about 100", [Between("tempo_bpm", 96, 104)]),
    ("faster than 120 bpm", [Between("tempo_bpm", 120, float("inf"))]),
    ("duration 10 to 30 s, shorter than 2 min", [Between("duration_s", 10, 30), Between("duration_s", 0, 120)]),
    ("sax heard", [Plays("saxophone", (("heard", True),))]),
    ("electric_bass heard, no french_horn", [  # as `find` itself prints them
        Plays("electric_bass", (("heard", True),)), Plays("french_horn", any_sense=False)
    ]),
])  # fmt: skip
def test_words_become_conditions(text, conditions):
    assert parse(text) == conditions


@pytest.mark.parametrize("text, said", [
    ("", "Nothing was asked"),
    (" , and ", "Nothing was asked"),
    ("theremin heard", "'theremin' is not understood"),
    ("flute heard not heard", "Nothing is heard and not heard"),
    ("heard", "The question breaks off"),
    ("violin at once", "One instrument alone"),
    ("violin, piano not seen at once", "say by which"),
    ("violin, piano at twice", "'twice' is not understood"),
    ("tempo fast", "'fast' is not understood"),
    ("tempo 90-60", "the smaller number first"),
    ("tag unheard-of", "none of the 188 tags"),
    ("'; drop table clips; --", "is not understood"),
])  # fmt: skip
def test_what_makes_no_sense_is_said(text, said):
    with pytest.raises(MiloError, match=said) as told:
        parse(text)
    assert ADVICE in str(told.value) or "first" in str(told.value) or "Tags" in str(told.value)
