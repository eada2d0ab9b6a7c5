from dataclasses import replace

import numpy as np
import pytest

from milo_demo.analysis import Analysis, Event
from milo_demo.corrections import Correction
from milo_demo.fusion.correct import correct
from milo_demo.fusion.product import sound_times_object
from milo_demo.instruments import LABELS
from tests.ui import drawn

GUITAR, UKULELE, PIANO = (LABELS.index(label) for label in ("guitar", "ukulele", "piano"))


@pytest.fixture
def duet(tmp_path) -> Analysis:
    analysis = drawn.analysis()
    drawn.add_tracks(analysis, tmp_path)
    return analysis


def row(analysis: Analysis, label: str):
    return next((row for row in analysis.clip if row.label == label), None)


def test_a_name_follows_everywhere(duet):
    was = drawn.analysis()
    correct(duet, [Correction("guitar", "ukulele", 0.99)])
    assert (
        np.array_equal(duet.maps.sound[:, UKULELE], was.maps.sound[:, GUITAR]) and not duet.maps.sound[:, GUITAR].any()
    )
    assert np.array_equal(duet.maps.object[:, UKULELE], was.maps.object[:, GUITAR])
    assert np.array_equal(duet.maps.source, sound_times_object(duet.maps.sound, duet.maps.object))
    assert {box.label for box in duet.boxes} == {"ukulele"} and {note.label for note in duet.notes} == {
        "ukulele",
        "piano",
    }
    assert [track.label for track in duet.tracks] == ["ukulele", "piano", "residual"]
    assert {(event.kind, event.label) for event in duet.events} == {
        ("heard", "ukulele"), ("seen", "ukulele"), ("heard", "piano"),
    }  # fmt: skip
    ukulele, guitar = row(duet, "ukulele"), row(duet, "guitar")
    assert (ukulele.heard, ukulele.seen, ukulele.score) == (0.93, 0.97, pytest.approx(0.9979))
    assert (guitar.heard, guitar.seen, guitar.score) == (0, 0, 0) and duet.clip[0] is ukulele
    assert duet.corrections == [Correction("guitar", "ukulele", 0.99)]


def test_tags_and_words_of_ones_own_keep_theirs(duet):
    others = [Event("tag", "guitar", "Instrument", 0.0, 1.0, 0.9), Event("word", "guitar", "", 0.0, 1.0, 0.4)]
    for becomes in ("ukulele", None):
        duet.events = list(others)
        correct(duet, [Correction("guitar", becomes, 0.99)])
        assert [event for event in duet.events if event.kind in ("tag", "word")] == others


def test_two_under_one_name_are_one_and_the_surer_score_counts(duet):
    correct(duet, [Correction("guitar", "piano", 0.99)])
    piano = duet.maps.sound[:, PIANO]
    assert piano[0] == pytest.approx(0.93, abs=1e-3) and piano[-1] == pytest.approx(0.8, abs=1e-3)
    assert (row(duet, "piano").heard, row(duet, "piano").seen) == (0.93, 0.97)
    assert [track.label for track in duet.tracks] == ["piano", "piano", "residual"]


def test_names_can_be_exchanged(duet):
    correct(duet, [Correction("guitar", "piano", 0.99), Correction("piano", "guitar", 0.82)])
    assert (row(duet, "piano").heard, row(duet, "guitar").heard, row(duet, "guitar").seen) == (0.93, 0.8, 0.1)
    assert [track.label for track in duet.tracks] == ["piano", "guitar", "residual"]
    assert {box.label for box in duet.boxes} == {"piano"}


def test_who_is_struck_out_counts_nowhere_but_is_told(duet):
    correct(duet, [Correction("guitar", None, 0.99)])
    assert not duet.maps.sound[:, GUITAR].any() and not duet.maps.object.any() and duet.boxes == []
    assert {note.label for note in duet.notes} == {"piano"}
    assert [track.label for track in duet.tracks] == ["residual", "piano", "residual"]
    (struck,) = [event for event in duet.events if event.label == "guitar"]
    assert (struck.kind, struck.start_s, struck.end_s, struck.score) == ("struck out", 0, drawn.DURATION_S, 0.99)
    assert row(duet, "guitar").score == 0 and row(duet, "piano").score == 0.82


def test_what_ear_alone_or_eye_alone_has_found_can_be_corrected_too():
    for options in ({"has_video": False}, {"has_audio": False}):
        analysis = drawn.analysis(**options)
        correct(analysis, [Correction("guitar", "ukulele", 0.9)])
        assert row(analysis, "ukulele").score > 0.9


def test_who_plays_goes_by_the_new_name_and_who_is_struck_out_plays_nothing():
    def played() -> Analysis:
        analysis = drawn.analysis()
        maps = analysis.maps
        maps.played, maps.action = np.zeros_like(maps.sound), maps.object.astype(np.float16)
        maps.played[:, GUITAR] = maps.sound[:, GUITAR]
        analysis.boxes = [replace(box, played=0.9) for box in analysis.boxes]
        analysis.clip = [replace(it, played=0.9, moved=0.6) if it.label == "guitar" else it for it in analysis.clip]
        analysis.events.append(Event("played", "guitar", "Instrument", 0.0, drawn.DURATION_S / 2, 0.93))
        return analysis

    was, renamed, struck = played(), played(), played()
    correct(renamed, [Correction("guitar", "ukulele", 0.99)])
    assert np.array_equal(renamed.maps.played[:, UKULELE], was.maps.played[:, GUITAR])
    assert np.array_equal(renamed.maps.action[:, UKULELE], was.maps.action[:, GUITAR])
    assert not renamed.maps.played[:, GUITAR].any() and not renamed.maps.action[:, GUITAR].any()
    ukulele, guitar = row(renamed, "ukulele"), row(renamed, "guitar")
    assert (ukulele.played, ukulele.moved, guitar.played, guitar.moved) == (0.9, 0.6, 0, 0)
    assert {(box.label, box.played) for box in renamed.boxes} == {("ukulele", 0.9)}
    (event,) = [event for event in renamed.events if event.kind == "played"]
    assert (event.label, event.start_s, event.end_s) == ("ukulele", 0, pytest.approx(drawn.DURATION_S / 2, abs=0.1))
    correct(struck, [Correction("guitar", None, 0.99)])
    assert not struck.maps.played.any() and not struck.maps.action.any() and row(struck, "guitar").played == 0
    assert "played" not in {event.kind for event in struck.events} and struck.boxes == []
