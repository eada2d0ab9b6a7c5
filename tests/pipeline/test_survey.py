import numpy as np
import pytest

from milo_demo import MiloError
from milo_demo.pipeline import survey, waveform
from tests.media.making import clip, ffmpeg, picture


def test_a_file_is_looked_into(tmp_path):
    found = survey(clip(tmp_path / "duet.mp4", duration_s=2.0))
    assert (found.name, found.has_video, found.has_audio) == ("duet.mp4", True, True)
    assert found.duration_s == pytest.approx(2, abs=0.1) and len(found.tracks) == 1


def test_what_is_no_video_or_sound_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("do re mi")
    with pytest.raises(MiloError, match=r"notes\.txt"):
        survey(tmp_path / "notes.txt")


def test_an_outline_shows_where_it_is_loud_and_where_it_is_not(tmp_path):
    peaks = waveform(clip(tmp_path / "beep.mp4", duration_s=2.0, at_s=0.5), 20)
    assert peaks.shape == (20,) and peaks.max() == 1
    assert abs(int(np.argmax(peaks)) - 5) <= 1 and peaks[12:].max() < 0.1


def test_without_sound_it_is_flat(tmp_path):
    ffmpeg(*picture(1), tmp_path / "silent.mp4")
    assert not waveform(tmp_path / "silent.mp4", 10).any()
    assert not waveform(tmp_path / "nothing.mp4", 10).any()
