import gradio as gr
import pytest

from milo_demo import pipeline
from milo_demo.ui.entry import choosing
from milo_demo.ui.views import DRAWING, SAME
from tests.ui import drawn


@pytest.fixture(autouse=True)
def _drawn_files(monkeypatch):
    monkeypatch.setattr(pipeline, "survey", drawn.survey)
    monkeypatch.setattr(pipeline, "waveform", drawn.waveform)


def test_a_file_that_is_chosen_can_be_played_and_takes_the_last_result_away():
    view = choosing.chosen("second.mp4", False, None)
    assert view.source == "second.mp4" and "second.mp4" in view.named and "0:04" in view.named
    assert (view.player["state"], view.player["duration_s"]) == ("chosen", drawn.DURATION_S)
    assert view.answer == view.files == view.left_out == "" and view.again == gr.update(visible=False)
    assert view.analyse == gr.update(interactive=True) and "ready to be analysed" in view.status


def test_what_is_neither_video_nor_sound_is_refused_at_once_and_changes_nothing_else():
    for busy, stays in ((False, "Nothing else"), (True, "The analysis goes on"), (DRAWING, "Nothing else")):
        view = choosing.chosen("text.txt", busy, None)
        assert stays in view.refused
        assert "text.txt cannot be read" in view.refused and 'role="alert"' in view.refused
        assert view.source is view.player is view.status is view.named is SAME
    assert choosing.chosen("duet.mp4", False, None).refused == "", "it goes with the next file"


def test_a_file_that_comes_while_the_page_is_busy_is_only_named():
    for busy in (True, DRAWING):
        for view in (choosing.chosen("other.mp4", busy, None), choosing.other_part("other.mp4", busy, None)):
            assert view.source == "other.mp4" and "other.mp4" in view.named
            assert view.status is view.player is view.analyse is view.busy is SAME


def test_everything_is_taken_up_to_three_minutes_then_the_first_three():
    assert choosing.chosen("duet.mp4", False, None).duration_s == drawn.DURATION_S
    view = choosing.chosen("long.mp4", False, None)
    assert (view.start_s, view.duration_s, view.player["part"]) == (0, 180, [0, 180])
    assert "first 3 minutes" in view.status
    assert choosing.first_s(10.23) == 10.3, "not less than all of it"


def test_a_choice_of_tracks_is_offered_where_there_is_one(monkeypatch):
    one, two = ("track 1 (Mic, stereo)", 1), ("track 2 (Music, stereo)", 2)
    for found in ([one], [one, two]):
        survey = pipeline.Survey("obs.mkv", 4.0, 640, 360, True, True, found)
        monkeypatch.setattr(pipeline, "survey", lambda source, survey=survey: survey)
        for busy in (False, True):
            offered = choosing.chosen("obs.mkv", busy, None).track
            assert offered["visible"] == (len(found) > 1) and offered["value"] == 0
            assert offered["choices"][1:] == found


def test_the_waveform_follows_for_the_file_that_is_chosen():
    outline = choosing.outlined("duet.mp4", False).named.split('data-outline="')[1].split('"')[0].split()
    assert (len(outline), outline[0], outline[-1]) == (choosing.OUTLINED, "0", "100")
    assert choosing.outlined("duet.mp4", True).named is choosing.outlined(None, False).named is SAME


def test_another_part_of_the_file_can_be_chosen_after_its_result():
    assert choosing.other_part("duet.mp4", False, None).player["state"] == "chosen"
