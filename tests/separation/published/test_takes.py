from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from milo_demo.analysis import Analysis, Media
from milo_demo.features.sound_field import plane_wave, unit_vector
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


def test_of_ambisonics_one_hears_everybody_all_around():
    """Somebody to the right, too, whom the mean of the channels loses."""
    left, right = (plane_wave(unit_vector(angle, 0)) for angle in (-90, 90))
    sound = (np.outer(left, LOW) + np.outer(right, HIGH)).astype(np.float32)
    media = replace(ANALYSIS.media, audio_layout="ambisonic 1")
    job = takes.Job(sound, ["tuba"], replace(ANALYSIS, media=media), 0.0)
    assert_allclose(job.mono(sound), sound[:1])
