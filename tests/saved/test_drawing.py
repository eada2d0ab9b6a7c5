from contextlib import closing

import numpy as np
import pytest
import soundfile

from milo_demo.analysis import Analysis
from milo_demo.corrections import Correction
from milo_demo.errors import MiloError
from milo_demo.media import decode
from milo_demo.media.probe import probe
from milo_demo.pipeline import AnalysisOptions
from milo_demo.saved import Look, Wish, annotate, correct, pack
from tests.ui import drawn


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A drawn result with tracks."""
    folder = tmp_path_factory.mktemp("result")
    list(drawn.steps("duet.mp4", AnalysisOptions(), folder))
    return folder


def loud(path, rate_hz=16_000) -> np.ndarray:
    """How loud each second of a file is."""
    sound = np.concatenate(list(decode.pieces(probe(path), rate_hz, 0, drawn.DURATION_S)), axis=-1)
    return np.sqrt((sound.mean(axis=0)[: 4 * rate_hz].reshape(4, -1) ** 2).mean(axis=1))


def test_the_mix_is_heard_in_it(result):
    wish = Wish(levels={"guitar": 1.0, "piano": 0.0, "residual": 0.0}, cuts={"guitar": [(0.0, 1.0)]})
    assert list(annotate(result, wish))[-1] == 1
    first, second, third, fourth = loud(result / "annotated.mp4")
    guitar, _ = soundfile.read(result / "track-guitar.flac")
    level = np.sqrt((guitar[16_000:32_000] ** 2).mean())
    assert second == pytest.approx(level, rel=0.1) and max(first, third, fourth) < 0.1 * level
    assert not list(result.glob(".*")), "nothing is left over"
    assert "annotated.mp4" in Analysis.load(result).files


def test_without_a_wish_it_sounds_as_the_clip(result):
    list(annotate(result, Wish(look=Look(boxes=False))))
    assert loud(result / "annotated.mp4") == pytest.approx(loud(result / "video.mp4"), rel=0.05)


def test_a_name_put_right_meanwhile_stays_and_the_video_with_the_old_one_goes(tmp_path):
    list(drawn.steps("duet.mp4", AnalysisOptions(), tmp_path))
    drawing = annotate(tmp_path)
    next(drawing)
    corrected = correct(tmp_path, [Correction("guitar", "ukulele", 0.99)])
    with pytest.raises(MiloError, match="put right meanwhile"):
        list(drawing)
    assert not (tmp_path / "annotated.mp4").exists() and Analysis.load(tmp_path).to_json() == corrected.to_json()


def test_what_was_packed_before_goes_with_the_old_video(tmp_path):
    list(drawn.steps("duet.mp4", AnalysisOptions(), tmp_path))
    drawing = annotate(tmp_path)
    next(drawing)
    pack(tmp_path)
    assert "everything.zip" in Analysis.load(tmp_path).files
    list(drawing)
    files = Analysis.load(tmp_path).files
    assert "annotated.mp4" in files and "everything.zip" not in files and not (tmp_path / "everything.zip").exists()


def test_what_is_stopped_at_its_end_can_be_drawn_again(tmp_path):
    list(drawn.steps("duet.mp4", AnalysisOptions(), tmp_path))
    with closing(annotate(tmp_path)) as drawing:
        assert 1.0 in drawing
    assert not (tmp_path / "annotated.mp4").exists()
    list(annotate(tmp_path))
    assert "annotated.mp4" in Analysis.load(tmp_path).files


def test_no_result_is_a_sentence(tmp_path):
    with pytest.raises(MiloError, match="no readable analysis"):
        list(annotate(tmp_path))
