"""One second of a result."""

import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.grid import STEPS_PER_S
from milo_demo.saved import explain_frame


def test_what_is_there_is_told_and_drawn(analysed):
    analysis, folder = analysed
    told, picture = explain_frame(folder, 6.0)
    step = int(6.0 * STEPS_PER_S)
    column = analysis.maps.labels.index("guitar")
    assert told["step"] == step and told["heard"]["guitar"] == pytest.approx(
        analysis.maps.sound[step, column], abs=1e-3
    )
    assert list(told["heard"].values()) == sorted(told["heard"].values(), reverse=True)
    assert told["seen"]["guitar"] >= max(box["score"] for box in told["boxes"] if box["label"] == "guitar")
    assert all(note["start_s"] <= 6.0 < note["end_s"] for note in told["notes"]) and told["notes"]
    assert picture is not None and picture.size == (analysis.media.width, analysis.media.height)
    _, other = explain_frame(folder, 15.99)
    assert np.any(np.asarray(other) != np.asarray(picture))


@pytest.mark.parametrize("second", [-0.1, 16.0, 1e9])
def test_a_second_outside_is_one_sentence(analysed, second):
    with pytest.raises(MiloError, match=r"^The clip has 16\.0 seconds: there is no second .* in it\.$"):
        explain_frame(analysed[1], second)


def test_where_there_is_no_result_it_is_said(tmp_path):
    with pytest.raises(MiloError, match="no readable analysis"):
        explain_frame(tmp_path, 1)
