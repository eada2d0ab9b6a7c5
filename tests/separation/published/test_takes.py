import numpy as np
import pytest
from numpy.testing import assert_allclose

from milo_demo.analysis import Analysis, Media
from milo_demo.maps import Maps
from milo_demo.separation.published import takes
from tests.separation.published.tones import HIGH, LOW

ANALYSIS = Analysis(Media("made.wav", 1.0, 0, 0, 0.0, has_video=False, has_audio=True), Maps.empty(1))


@pytest.mark.parametrize("right", [1, -1])  # as if one side were inverted
def test_what_one_hears_of_a_recording_is_taken_apart(right):
    sound = (LOW + HIGH).astype(np.float32)
    job = takes.Job(np.stack([sound, right * sound]), ["tuba", "flute"], ANALYSIS, 0.0)
    *_, found = takes.separate("nmf", job, 2, None, 1)
    assert found.labels == ["tuba", "flute", "residual"] and all(found.names)
    assert_allclose(found.tracks.sum(axis=0), job.mixture, atol=1e-4)
