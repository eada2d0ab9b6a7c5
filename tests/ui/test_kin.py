"""Where no name is sure: families, instruments outside the taxonomy, everyday sounds."""

from milo_demo.analysis import ClipScore, Event, FamilyScore, OtherSight, OtherSound
from milo_demo.corrections import Correction
from milo_demo.ui import timeline, words
from tests.ui import drawn


def heard(labels, families=(), others=()):
    analysis = drawn.analysis(has_video=False)
    analysis.clip = [ClipScore(label, score, score, None, None) for label, score in labels.items()]
    analysis.families = [FamilyScore(*each) for each in families]
    analysis.others = [OtherSound(*each) for each in others]
    return analysis


def test_a_family_is_named_where_no_name_is_sure():
    plucked = [("string", 0.95), ("plucked string", 0.9), ("flute", 0.1)]
    assert words.answer(heard({"banjo": 0.6, "guitar": 0.3, "tuba": 0.25}, plucked)) == (
        "A plucked string instrument is heard, perhaps a banjo or a guitar."
    )
    assert words.answer(heard({"banjo": 0.85, "guitar": 0.3}, plucked)) == "A banjo is heard."
    assert words.answer(heard({"banjo": 0.1}, plucked)) == "A plucked string instrument is heard."
    assert words.answer(heard({"violin": 0.1}, [("string", 0.9), ("bowed string", 0.6)])) == (
        "A string instrument is heard."
    )
    assert words.answer(heard({"violin": 0.1}, [("string", 0.6)])) == "Nothing that MILO knows is heard."


def test_an_instrument_that_milo_was_not_taught_is_said_to_be_one():
    sitar = [("sitar", 0.7), ("speech", 0.1)]
    assert words.answer(heard({"guitar": 0.3}, [("plucked string", 0.9)], sitar)) == (
        "A plucked string instrument is heard, perhaps a sitar, which MILO was not taught."
    )
    # Who is sure of a guitar need not hear of one that sounds like it.
    assert words.answer(heard({"guitar": 0.9}, [("plucked string", 0.9)], sitar)) == "A guitar is heard."


def test_what_the_picture_looks_like_is_said_where_the_eye_sees_none_of_ours():
    analysis = heard({"guitar": 0.3}, [("plucked string", 0.9)])
    analysis.other_sights = [OtherSight("sitar", 0.9), OtherSight("lute", 0.85)]
    assert words.answer(analysis) == (
        "A plucked string instrument is heard, perhaps a guitar; something looks like a sitar, which MILO was not "
        "taught."
    )
    analysis.others = [OtherSound("sitar", 0.7)]
    assert words.answer(analysis) == (
        "A plucked string instrument is heard, perhaps a sitar, which MILO was not taught."
    )
    analysis.families = []
    assert words.answer(analysis) == "Something sounds and looks like a sitar, which MILO was not taught."
    analysis.clip += [ClipScore("banjo", 0.6, 0.1, 0.6, None)]
    assert "looks like" not in words.answer(analysis)
    analysis.clip, analysis.other_sights = analysis.clip[:-1], [OtherSight("sitar", 0.7)]
    assert "looks like" not in words.answer(analysis)


def test_what_was_named_by_hand_needs_no_perhaps():
    analysis = heard({"ukulele": 0.6}, [("plucked string", 0.9)])
    assert words.answer(analysis) == "A plucked string instrument is heard, perhaps a ukulele."
    analysis.corrections = [Correction("guitar", "ukulele", 0.6)]
    assert words.answer(analysis) == "A ukulele is heard."


def test_what_was_renamed_or_struck_out_does_not_come_back_as_its_family():
    plucked = [("string", 0.95), ("plucked string", 0.9)]
    analysis = heard({"violin": 0.95, "guitar": 0.0, "harp": 0.6}, plucked, [("sitar", 0.7)])
    analysis.corrections = [Correction("guitar", "violin", 0.95)]
    assert words.answer(analysis) == "A violin is heard; perhaps a harp."
    analysis = heard({"guitar": 0.0, "harp": 0.6}, plucked)
    analysis.corrections = [Correction("guitar", None, 0.95)]
    assert words.answer(analysis) == "Perhaps a harp."


def test_a_family_is_not_nothing():
    said = words.verdicts(heard({"banjo": 0.3}, [("plucked string", 0.9)]))
    assert not said[0]["nothing"] and "milo-nothing" in words.as_html(heard({"banjo": 0.3}))
    assert 'milo-nothing" hidden' in words.as_html(heard({"banjo": 0.3}, [("plucked string", 0.9)]))
    assert 'milo-nothing">' in words.as_html(heard({"banjo": 0.3}))


def test_what_is_seen_may_be_what_is_heard_under_no_name():
    analysis = heard({"banjo": 0.3}, [("plucked string", 0.9)], [("mandolin", 0.6)])
    analysis.clip += [ClipScore("guitar", 0.9, 0.1, 0.9, None, moved=0.8)]
    assert words.answer(analysis) == (
        "A plucked string instrument is played, perhaps a mandolin, which MILO was not taught."
    )
    analysis.clip[-1] = ClipScore("guitar", 0.9, 0.6, 0.9, 0.8)
    assert words.answer(analysis) == "A guitar is played."


def test_talk_is_said_to_be_talk():
    talk = [("speech", 0.9), ("laughter", 0.6), ("rain", 0.2)]
    assert (
        words.answer(heard({"guitar": 0.1}, (), talk)) == "Nothing that MILO knows is heard, but speech and laughter."
    )
    assert words.answer(heard({"guitar": 0.9}, (), talk)) == "A guitar is heard; besides, speech and laughter."


def test_other_sounds_have_a_lane_under_all_others():
    analysis = drawn.analysis()
    before = timeline.figure(analysis, ["guitar", "piano"], 2)
    analysis.events.append(Event("other", "speech", "Everyday", 0.5, 1.5, 0.9))
    figure = timeline.figure(analysis, ["guitar", "piano"], 2)
    bar = figure.data[-1]
    assert (bar.base, bar.x, bar.y, bar.text) == ((0.5,), (1.0,), (-2,), ("speech",))
    assert figure.layout.yaxis.range[0] == before.layout.yaxis.range[0] - 1
