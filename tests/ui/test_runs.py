from contextlib import closing
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

from milo_demo import pipeline
from milo_demo.analysis import Analysis
from milo_demo.ui import results, runs, views
from milo_demo.ui.entry import choosing
from milo_demo.ui.layout import unless
from milo_demo.ui.views import SAME, View
from tests.ui import drawn


@pytest.fixture(autouse=True)
def _drawn_steps(monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "steps", drawn.steps)
    monkeypatch.setattr(pipeline, "survey", drawn.survey)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    results.home.cache_clear()
    yield
    results.home.cache_clear()


def folders() -> list[Path]:
    return list(Path(results.home().name).iterdir())


def test_the_picture_comes_first_then_what_is_heard_then_what_is_seen():
    views = list(runs.analyse("duet.mp4", 0, 20, None))
    shown = [view for view in views if view.player is not SAME]
    assert [len(view.player["labels"]) > 0 for view in shown] == [False, True, True]
    assert [list(view.player["maps"]) for view in shown] == [[], [], ["seen"]]
    assert len({view.player["video"] for view in shown}) == 1
    assert "heard and seen" in shown[-1].answer


def test_at_last_comes_who_plays_and_where(monkeypatch):
    monkeypatch.setattr(runs, "steps", drawn.played)
    *_, last = (view for view in runs.analyse("duet.mp4", 0, 20, None) if view.player is not SAME)
    assert list(last.player["maps"]) == ["seen", "movement", "played"] and last.player["played"][0][0] == 100
    assert "guitar is played" in last.answer


def test_a_finished_run_keeps_its_folder_until_the_next_one():
    first = [view.folder for view in runs.analyse("duet.mp4", 0, 20, None) if view.folder is not SAME][-1]
    assert (Path(first) / "analysis.json").is_file()
    list(runs.analyse("duet.mp4", 0, 20, first))
    assert not Path(first).exists()


def test_the_tracks_come_when_they_are_there_and_can_be_taken_away_at_the_end():
    views = list(runs.analyse("duet.mp4", 0, 20, None))
    rows = [view.separated for view in views if view.separated not in (SAME, "")]
    mixed = ["milo-mixer" in html for html in rows]
    assert mixed == [False, False, True], "what is heard and seen keeps their place free"
    assert views[-1].separated is SAME and "tracks.zip" in views[-1].downloads
    (roll,) = (view.roll for view in views if view.roll is not SAME)
    assert roll["visible"] and len(roll["value"].data) == 2


def test_tracks_can_be_switched_off_also_for_another_look():
    first = list(runs.analyse("wide.mp4", 0, 20, None, separate=False))
    assert Analysis.load(Path(folder_of(first))).options.separator == "none"
    assert all("milo-mixer" not in str(view.separated) for view in first) and "href" not in first[-1].downloads
    second = list(runs.again(0, 20, folder_of(first), "wide.mp4"))
    assert Analysis.load(Path(folder_of(second))).tracks and "tracks.zip" in second[-1].downloads


def test_a_place_that_no_tracks_have_come_to_is_given_up():
    *_, last = runs.analyse("silence.mp4", 0, 20, None)
    assert last.separated == ""


def test_a_cancelled_run_leaves_nothing():
    with closing(runs.analyse("slow.mp4", 0, 20, None)) as views:
        next(view for view in views if "listening" in str(view.status))
        assert len(folders()) == 1
    assert folders() == []


@pytest.mark.parametrize("name, words", [
    ("broken.mp4", "broken.mp4 is not a video or sound file"),
    ("fault.mp4", "a fault of the program"),
    (None, "There is no file to analyse."),
])  # fmt: skip
def test_a_failure_is_a_sentence_and_leaves_nothing_but_the_file(name, words):
    *_, last = runs.analyse(name, 0, 20, None)
    assert words in last.status and 'role="alert"' in last.status
    assert last.analyse == gr.update(interactive=name is not None) and last.busy is False
    assert last.player["state"] == ("chosen" if name else "idle")
    assert folders() == []


@pytest.mark.parametrize("name", ["broken.mp4", "fault.mp4", None])
def test_an_error_brings_the_former_result_back_and_says_whose_it_is(name):
    first = folder_of(list(runs.analyse("first.mp4", 0, 20, None)))
    *_, last = runs.analyse(name, 0, 20, first, "first.mp4")
    assert 'role="alert"' in last.status and "This is still the result of first.mp4." in last.status
    assert last.player["state"] == "ready" and "guitar" in last.answer and last.busy is False
    assert last.folder is last.named is SAME, "the file that was chosen stays chosen"
    assert folders() == [Path(first)]


def test_the_last_result_stays_until_the_next_one_is_complete():
    first = folder_of(list(runs.analyse("first.mp4", 0, 20, None)))
    with closing(runs.analyse("slow.mp4", 0, 20, first, "first.mp4")) as views:
        next(view for view in views if "listening" in str(view.status))
        assert Path(first).exists() and len(folders()) == 2
    back = runs.settled(True, first, "first.mp4", "slow.mp4")
    assert "Cancelled." in back.status and "result of first.mp4" in back.status and back.player["state"] == "ready"


def test_after_the_first_run_was_cancelled_its_file_is_still_chosen():
    view = runs.settled(True, None, None, "slow.mp4", 1.0, 2.5)
    assert view.player["part"] == [1, 3.5], "the part that was chosen"
    assert "Cancelled." in view.status and view.player["state"] == "chosen" and view.busy is False


def test_what_was_left_out_is_said_under_the_picture_and_one_click_takes_all():
    first = list(runs.analyse("long.mp4", 0, 180, None))
    assert any("0:00 to 3:00 of 5:12 is analysed." in str(view.left_out) for view in first)
    assert first[-1].whole == gr.update(visible=True, value="Analyse all 5:12")
    folder = folder_of(first)
    views = list(runs.whole(folder, "long.mp4"))
    assert views[0].duration_s == drawn.LONG_S and views[0].source == "long.mp4"
    found = Analysis.load(Path(folder_of(views)))
    assert (found.options.start_s, found.options.duration_s) == (0, drawn.LONG_S)
    assert views[-1].whole["visible"] is False and not any("is analysed" in str(view.left_out) for view in views)


def test_what_a_damaged_file_does_not_hold_is_said_under_the_picture():
    views = list(runs.analyse("damaged.mp4", 0, 180, None))
    assert any("Only 4.0 s of these 12.0 s could be read" in str(view.left_out) for view in views)
    assert not any("could be read" in str(view.verdict) for view in views), "and is said once"
    assert views[-1].whole["visible"] is False, "there is no more to be had"


def test_the_last_result_can_be_had_back_instead_of_a_file_that_was_chosen_since():
    folder = folder_of(list(runs.analyse("first.mp4", 0, 20, None)))
    view = runs.back(folder, "first.mp4")
    assert view.source == "first.mp4" and view.player["name"] == "first.mp4" and "first.mp4" in view.named
    results.discard(folder)
    assert "The last result is gone." in runs.back(folder, "first.mp4").status


def test_with_the_last_result_comes_the_sound_track_that_it_is_of(monkeypatch):
    folder = folder_of(list(runs.analyse("obs.mkv", 0, 20, None, track=2)))
    survey = replace(drawn.survey("obs.mkv"), tracks=[("Mic", 1), ("Music", 2)])
    monkeypatch.setattr(pipeline, "survey", lambda source: survey)
    offered = runs.back(folder, "obs.mkv").track
    assert offered["choices"][1:] == survey.tracks and offered["value"] == 2 and offered["visible"]


def test_what_needs_the_file_is_offered_only_where_it_is_there():
    folder = folder_of(list(runs.analyse("first.mp4", 0, 20, None)))
    files = ("whole", "other_part", "again", "make")
    hidden = dict.fromkeys(files, gr.update(visible=False))
    *_, last = runs.named(folder, None, ["guitar"])
    for view in (results.opened(f"#result={Path(folder).name}"), runs.back(folder, None), last):
        assert {name: getattr(view, name) for name in files} == hidden
        assert view.analyse == gr.update(interactive=False)
    other = runs.settled(True, folder, None, "other.mp4")
    assert other.make == gr.update(visible=False) and other.analyse == gr.update(interactive=True)
    gone = runs.back(folder, "text.txt")
    assert gone.source is None and gone.make == gr.update(visible=False), "its file cannot be read any more"
    *_, own = runs.analyse("first.mp4", 0, 20, folder)
    assert own.make == own.other_part == gr.update(visible=True)


def test_while_a_result_is_drawn_no_run_begins_and_no_run_is_taken_for_a_drawing():
    locked, free = views.drawing(0.5), views.drawn("")
    for name in ("again", "whole", "other_part", "make", "pack"):
        assert getattr(locked, name) == gr.update(interactive=False), name
        assert getattr(free, name) == gr.update(interactive=True), name
    nothing, run = View(), unless((views.DRAWING,), lambda *asked: iter([asked]))
    assert list(run("duet.mp4", locked.busy)) == [] and list(run("duet.mp4", False)) == [("duet.mp4",)]
    assert runs.waiting(locked.busy) == runs.settled(locked.busy, None, None, None) == nothing
    assert results.asked_to_draw(True) == nothing and results.settled_drawing(True, None).stop == views.hidden()
    assert results.asked_to_draw(False).busy == locked.busy


def test_after_a_drawing_what_has_been_chosen_meanwhile_can_be_analysed():
    stopped = results.settled_drawing(views.DRAWING, None)
    assert "was not made" in stopped.status and stopped.analyse == gr.update(interactive=False)
    complete = results.settled_drawing(False, "other.mp4")
    assert complete == View(analyse=gr.update(interactive=True))


def test_of_who_is_named_only_the_tracks_are_made_anew(monkeypatch):
    begun = []
    monkeypatch.setattr(runs, "steps", lambda *asked: begun.append(asked[1:]) or drawn.steps(*asked))
    ways = [
        ("notes", "milo", ""),
        ("notes", "milo", None),
        ("nmf", "milo", ""),
        ("notes", "ast", ""),
        ("notes", "milo", "harp"),
    ]
    taken = []
    for by in ways:
        first = folder_of(list(runs.analyse("duet.mp4", 1, 20, None)))
        list(runs.named(first, "duet.mp4", ["flute", "harp"], *by))
        options, _, earlier = begun[-1]
        assert (options.playing, options.start_s, options.duration_s) == (("flute", "harp"), 1, 20)
        taken.append(earlier == Path(first))
        assert not Path(first).exists() and (taken[-1] or earlier is None)
    assert taken == [True, True, False, False, False], "what else was chosen since is to be done, too"


def test_a_name_put_right_stays_where_only_the_tracks_are_made_anew_and_can_be_taken_back():
    first = folder_of(list(runs.analyse("duet.mp4", 1, 20, None)))
    list(results.correct(first, '{"shown": "guitar", "becomes": "ukulele"}'))
    second = folder_of(list(runs.named(first, "duet.mp4", ["ukulele"], "notes", "milo", "")))
    kept, _ = Analysis.load(Path(second)), list(results.correct(second, '{"undo": "guitar"}'))
    assert [str(it) for it in kept.corrections] == ["guitar is a ukulele"] and kept.options.players == "ukulele"
    assert Analysis.load(Path(second)).clip[0].label == "guitar"


def test_who_wants_tracks_after_all_waits_for_them_alone(monkeypatch):
    begun = []
    monkeypatch.setattr(runs, "steps", lambda *asked: begun.append(asked[3]) or drawn.steps(*asked))
    first = folder_of(list(runs.analyse("duet.mp4", 0, 20, None, separate=False)))
    second = folder_of(list(runs.analyse("duet.mp4", 0, 20, first, "duet.mp4")))
    assert begun == [None, Path(first)]
    again = folder_of(list(runs.analyse("duet.mp4", 0, 20, second, "duet.mp4")))
    part = folder_of(list(runs.analyse("duet.mp4", 1, 20, again, "duet.mp4", separate=False)))
    list(runs.analyse("another.mp4", 1, 20, part, "duet.mp4"))
    assert begun[2:] == [None, None, None], "the same once more, another part, another clip"


@pytest.mark.parametrize("start_s, duration_s, words", [
    (-1, 20, "start"),
    (0, 0, "duration"),
    (0, 3600, "at most 1200 seconds"),
])  # fmt: skip
def test_a_trim_that_makes_no_sense_is_refused(start_s, duration_s, words):
    *_, last = runs.analyse("duet.mp4", start_s, duration_s, None)
    assert words in last.status


def test_empty_trim_fields_mean_their_defaults():
    options = runs._options(None, None)
    assert (options.start_s, options.duration_s) == (0, choosing.AT_FIRST_S)


def test_the_links_name_the_files_that_there_are():
    *_, last = runs.analyse("song.mp3", 0, 20, None)
    offered = ("analysis.json", "events.xlsx", "events.csv", "labels.txt", "captions.vtt")
    assert all(f'download="{name}"' in last.files for name in offered)
    assert "annotated.mp4" not in last.files


def test_only_a_run_that_did_not_end_counts_as_cancelled():
    assert "Cancelled" in runs.settled(True, None, None, None).status
    assert runs.settled(False, None, None, None).status == SAME


def test_every_tag_can_be_shown():
    folder = [view.folder for view in runs.analyse("duet.mp4", 0, 20, None) if view.folder is not SAME][-1]
    best, genres = (results.unfold(groups, folder).strips.layout.yaxis.tickvals for groups in ([], ["Genre"]))
    assert len(genres) > len(best)


def test_a_result_without_tags_offers_none(monkeypatch):
    monkeypatch.setattr(drawn, "add_tags", lambda result: None)
    views = list(runs.analyse("duet.mp4", 0, 20, None))
    assert all(view.strips is SAME and view.tags is SAME for view in views)
    assert views[-1].unfolded == gr.update(visible=False)


def test_an_assumed_projection_can_be_changed_by_a_click_and_back():
    *_, plain = runs.analyse("duet.mp4", 0, 20, None)
    assert plain.again["visible"] is False
    first = list(runs.analyse("wide.mp4", 1, 3, None))
    assert first[-1].again["visible"] and first[-1].again["value"] == "This is a 360° picture: analyse again"
    second = list(runs.again(7, 7, folder_of(first), "wide.mp4"))
    found = Analysis.load(Path(folder_of(second)))
    assert (found.media.projection, found.options.start_s, found.options.duration_s) == ("equirectangular", 1, 3)
    assert second[-1].again["visible"] and second[-1].again["value"] == "This is an ordinary picture: analyse again"
    third = list(runs.again(7, 7, folder_of(second), "wide.mp4"))
    assert Analysis.load(Path(folder_of(third))).media.projection == "flat"


def test_a_result_that_is_gone_is_analysed_as_the_file_says():
    *_, last = runs.again(0, 20, None, "wide.mp4")
    assert last.again["value"] == "This is a 360° picture: analyse again"


def folder_of(views: list[View]) -> str:
    return [view.folder for view in views if view.folder is not SAME][-1]
