from dataclasses import replace

import pytest

from milo_demo.analysis import ClipScore
from milo_demo.ui import words
from tests.ui import drawn


def test_the_answer_says_what_each_sense_found():
    assert words.answer(drawn.analysis()) == (
        "A guitar is heard and seen; a piano is heard but not in the picture; perhaps a cello."
    )


def test_of_many_the_sure_ones_are_named_first_and_the_others_with_a_perhaps():
    analysis = drawn.analysis()
    scores = {"guitar": (0.6, 0.7), "harp": (0.79, 0.1), "violin": (0.85, 0.0), "flute": (0.5, 0.0), "tuba": (0.4, 0.4)}
    analysis.clip = [ClipScore(label, 0.9, *senses, None) for label, senses in scores.items()]
    assert words.answer(analysis) == (
        "A guitar is heard and seen; a violin is heard but not in the picture; perhaps a harp or a flute."
    )
    analysis.clip = analysis.clip[-2:]
    assert words.answer(analysis) == "Perhaps a flute."


def test_the_number_of_a_row_is_the_one_it_is_judged_by_and_never_rounded_over_the_threshold():
    analysis = drawn.analysis()
    scores = {"guitar": (0.52, 0.1), "harp": (0.4, 0.4), "flute": (0.496, 0.0)}
    analysis.clip = [ClipScore(label, 0.65, *senses, None) for label, senses in scores.items()]
    rows = words.as_html(analysis).split("<li")[1:]
    assert [row.split('milo-score">')[1][:2] for row in rows] == ["52", "49", "40"]
    assert ["unsure" in row for row in rows] == [False, True, True]
    assert "heard 49" in rows[1]


def test_nothing_is_said_about_a_picture_that_has_not_been_looked_at():
    analysis = drawn.analysis()
    analysis.clip = [replace(row, seen=None) for row in analysis.clip]
    assert words.answer(analysis) == "A guitar and a piano are heard; perhaps a cello."
    assert "not looked yet" in words.as_html(analysis)


def test_without_sound_only_what_is_seen_counts():
    assert words.answer(drawn.analysis(has_audio=False)) == "A guitar is seen."


def test_without_picture_only_what_is_heard_counts():
    analysis = drawn.analysis(has_video=False)
    assert words.answer(analysis) == "A guitar and a piano are heard; perhaps a cello."
    assert "no picture" in words.as_html(analysis)


def test_an_instrument_that_lies_there_unplayed():
    analysis = drawn.analysis()
    analysis.clip = [ClipScore("accordion", 0.8, heard=0.1, seen=0.8, played=None)]
    assert words.answer(analysis) == "An accordion is seen but silent."


@pytest.mark.parametrize("scores, has_audio, finding", [
    ({"heard": 0.9, "seen": 0.9, "played": 0.8}, True, "played"),
    ({"heard": 0.9, "seen": 0.9, "played": 0.8, "azimuth_deg": -90.0, "elevation_deg": 0.0}, True,
     "played, heard from the left"),
    ({"heard": 0.9, "seen": 0.9, "played": 0.3}, True, "heard and seen"),
    ({"heard": 0.9, "seen": 0.1, "played": 0.0}, True, "heard but not in the picture"),
    ({"heard": 0.9, "seen": 0.1, "played": 0.7}, True, "heard, and may be what is played in the picture"),
    ({"heard": 0.1, "seen": 0.9, "played": 0.0, "moved": 0.2}, True, "seen but silent"),
    ({"heard": 0.1, "seen": 0.9, "played": 0.8, "moved": 0.8}, True, "played, but does not sound like one"),
    ({"heard": 0.1, "seen": 0.9, "played": 0.0, "moved": 0.8}, True, "moved as if played but not heard"),
    ({"heard": None, "seen": 0.9, "played": None, "moved": 0.8}, False, "moved as if played"),
])  # fmt: skip
def test_who_plays_is_told_from_who_is_only_seen_or_only_heard(scores, has_audio, finding):
    analysis = drawn.analysis(has_audio=has_audio)
    analysis.clip = [ClipScore("violin", 0.9, **scores)]
    assert words.answer(analysis) == f"A violin is {finding}."
    html = words.as_html(analysis)
    assert (f">{finding}</span>" in html) == (finding != "heard and seen"), "what both senses notice needs no word"
    assert ("played 80" in html) == (scores["played"] == 0.8)


@pytest.mark.parametrize("drum_seen, drum_played, end", [
    (0.9, 0.9, " but not in the picture"),
    (0.9, 0.3, ", and may be what is played in the picture"),
    (0.1, 0.9, ", and may be what is played in the picture"),
])  # fmt: skip
def test_what_hands_are_seen_to_play_is_not_somebody_else_whom_one_only_hears(drum_seen, drum_played, end):
    analysis = drawn.analysis()
    analysis.clip = [
        ClipScore("drum", 0.9, heard=0.9, seen=drum_seen, played=drum_played),
        ClipScore("electric_bass", 0.9, heard=0.9, seen=0.1, played=0.52),
    ]
    assert words.remark_on(analysis.clip[1], analysis) == f"heard{end}"


@pytest.mark.parametrize("azimuth_deg, elevation_deg, whence", [
    (0.0, 10.0, "the front"),
    (40.0, 0.0, "the front right"),
    (-95.0, -20.0, "the left"),
    (170.0, 0.0, "behind"),
    (-180.0, 0.0, "behind"),
    (-140.0, 0.0, "behind on the left"),
    (20.0, 80.0, "above"),
    (20.0, -60.0, "below"),
])  # fmt: skip
def test_where_an_instrument_is_heard_from_is_said(azimuth_deg, elevation_deg, whence):
    analysis = drawn.analysis()
    guitar, piano = analysis.clip[:2]
    angles = {"azimuth_deg": azimuth_deg, "elevation_deg": elevation_deg}
    analysis.clip = [replace(guitar, **angles), piano]
    assert words.answer(analysis).startswith(f"A guitar is heard from {whence} and seen; a piano is heard but")
    assert f"heard from {whence} and seen</span>" in words.as_html(analysis)
    analysis.clip = [guitar, replace(piano, **angles)]
    assert words.answer(analysis).endswith(f"a piano is heard from {whence} but not in the picture.")


def test_nothing_found_is_an_answer():
    analysis = drawn.analysis(empty=True)
    assert words.answer(analysis) == "Nothing that MILO knows is heard or seen."
    html = words.as_html(analysis)
    assert html.count("<li") == html.count("hidden style") and "It may be silence" in html


@pytest.mark.parametrize("label, sentence", [
    ("ukulele", "A ukulele is heard."),
    ("electric_bass", "An electric bass is heard."),
    ("congas", "Congas are heard."),
    ("french_horn", "A French horn is heard."),
])  # fmt: skip
def test_grammar(label, sentence):
    analysis = drawn.analysis(has_video=False)
    analysis.clip = [ClipScore(label, 0.9, heard=0.9, seen=None, played=None)]
    assert words.answer(analysis) == sentence


def test_what_is_unsure_is_pale_and_what_is_hardly_there_is_left_out():
    html = words.as_html(drawn.analysis())
    shown, hidden = html.split("hidden style")[0].rsplit("<li", 1)
    assert shown.count("milo-faint") == 1 and "voice" in shown
    assert "tuba" not in shown and "tuba" in hidden and "<p>tuba 2 %</p>" in html


def test_what_is_there_stands_above_what_is_unsure_and_of_that_only_the_best_few():
    analysis = drawn.analysis()
    unsure = [ClipScore(label, 0.51, heard=0.3, seen=0.3, played=None) for label in ("harp", "flute", "tuba", "banjo")]
    analysis.clip = [*unsure, ClipScore("guitar", 0.5, heard=0.5, seen=0.0, played=None)]
    assert [row.label for row in words.shown(analysis)] == ["guitar", "banjo", "flute", "harp"]


def test_what_is_said_at_every_threshold_changes_where_somebody_comes_or_goes():
    said = words.verdicts(drawn.analysis())
    assert [it["from"] for it in said] == [20, 26, 71, 81, 94], "at 83 the piano is unsure for another reason"
    at_50 = said[1]
    assert at_50["answer"] == words.answer(drawn.analysis()) and at_50["there"] == 3
    assert at_50["rows"] == [
        ("guitar", ""),
        ("piano", "heard but not in the picture"),
        ("cello", ""),
        ("voice", "unsure"),
    ]
    assert said[0]["answer"].endswith("a piano is heard but not in the picture; perhaps a cello or a voice.")
    assert said[-1]["answer"] == "A guitar is seen but silent."


def test_an_instrument_that_the_eye_does_not_know_is_known_by_ear_only():
    assert words.as_html(drawn.analysis()).count("by ear only") == 1


def test_warnings_are_text_and_not_markup():
    analysis = drawn.analysis()
    analysis.warnings = ["<script>alert(1)</script>"]
    assert "&lt;script&gt;" in words.as_html(analysis)
