import re

from milo_demo import pipeline
from milo_demo.ui import status


def filled(html: str) -> int:
    return int(re.search(r'aria-valuenow="(\d+)"', html)[1])


def test_every_stage_has_words_and_the_bar_never_goes_back():
    stages = [stage for stage in pipeline.STAGES if stage != "annotate"]
    assert list(status.STAGES) == stages
    marks = [filled(status.working(stage, fraction)) for stage in stages for fraction in (0.0, 0.5, 1.0)]
    assert marks == sorted(marks) and marks[0] == 0 and marks[-1] == 100


def test_a_run_that_only_makes_tracks_has_the_whole_bar_for_them():
    marks = [filled(status.working(stage, 0.5, only="separate")) for stage in ("read", "separate", "write")]
    assert marks[0] == 0 and 30 < marks[1] < 60 and 90 < marks[2] < 100


def test_the_line_names_the_stage_in_plain_words():
    assert "looking for instruments … 61\u202f%" in status.working("see", 0.61)


def test_names_of_files_are_text_and_not_markup():
    assert "<b>" not in status.failed("<b>.mp4 is empty.") + status.ready("<b>.mp4 is ready.")


def test_the_line_tells_the_time_that_is_left_the_place_in_the_queue_and_that_models_are_loaded():
    assert "looking for instruments … 50\u202f% · about 12 s left" in status.working("see", 0.5, 11.4)
    assert "2 before you … · about 45 s left" in status.waiting(2, 41)
    assert "you are next …<" in status.waiting(0, None)
    line = status.working("hear", 0.0, None, loading=True)
    assert "loading models …" in line and filled(line) == filled(status.working("hear", 0.0))
