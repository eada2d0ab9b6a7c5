"""Seen is only what there is a picture of."""

from types import SimpleNamespace

import numpy as np
import pytest

from milo_demo import AnalysisOptions, analyse, large
from milo_demo.analysis import Media
from milo_demo.grid import STEPS_PER_S
from milo_demo.large import owlv2
from milo_demo.seeing.words import look_for
from tests.media.making import ffmpeg

STEP_S = 1 / STEPS_PER_S


def with_picture(example, path, from_s, to_s):
    """Six seconds of the drawn duet's sound, its picture only for a part of them."""
    sound, picture = ["-t", 6, "-i", example], ["-ss", 4, "-t", to_s - from_s, "-i", example]
    moved = ["-filter_complex", f"[1:v]setpts=PTS+{from_s}/TB[v]", "-map", "[v]", "-map", "0:a"]
    ffmpeg(*sound, *picture, *moved, "-fps_mode", "passthrough", "-preset", "ultrafast", path)
    return path


@pytest.mark.parametrize("from_s, to_s, words", [
    (0, 3, ["The picture ends at 3.0 s: nothing is seen after that."]),
    (2, 6, ["The picture begins at 2.0 s: nothing is seen before."]),
])  # fmt: skip
def test_nothing_is_seen_in_a_frame_that_is_only_held(example, tmp_path, from_s, to_s, words):
    found = analyse(with_picture(example, tmp_path / "a.mp4", from_s, to_s))
    assert found.media.duration_s == pytest.approx(6, abs=0.1)
    steps = np.flatnonzero(found.maps.object.any(axis=(1, 2, 3))) * STEP_S
    assert from_s - STEP_S <= steps.min() <= from_s + STEP_S
    assert to_s - 2 * STEP_S <= steps.max() <= to_s
    times_s = [box.time_s for box in found.boxes]
    assert times_s and min(times_s) >= from_s - STEP_S and max(times_s) <= to_s
    seen = [event for event in found.events if event.kind == "seen"]
    assert seen and all(from_s - STEP_S <= event.start_s and event.end_s <= to_s + STEP_S for event in seen)
    assert max(event.end_s for event in found.events if event.kind == "heard") > 5, "the sound goes on"
    assert [warning for warning in found.warnings if "picture" in warning] == words


def test_where_there_is_no_picture_only_the_sound_counts(example, tmp_path):
    found = analyse(with_picture(example, tmp_path / "a.mp4", 0, 3), AnalysisOptions(start_s=4))
    assert not found.media.has_video and found.boxes == []
    assert "The clip has no picture: only what is heard is shown." in found.warnings


def test_words_are_looked_for_only_where_there_is_a_picture(example, monkeypatch):
    monkeypatch.setattr(large, "load", lambda name: SimpleNamespace(model=None, used=None))
    monkeypatch.setattr(owlv2, "look", lambda *of: [(0, 0.75, (0.0, 0.0, 1.0, 1.0))])
    media = Media("a.mp4", 12.0, 160, 90, 25.0, True, True, picture_from_s=2.1, picture_to_s=6.0)

    def looked():
        found.append((yield from look_for(example, media, ["theremin"])))

    found = []
    assert list(looked())[-1] == 1
    [sought] = found
    assert np.flatnonzero(sought.scores[:, 0]).tolist() == list(range(4, 12)) and len(sought.scores) == 24
    assert [(box.time_s, box.until_s) for box in sought.boxes] == [(2.048, 4.096), (4.096, 6.144)]
