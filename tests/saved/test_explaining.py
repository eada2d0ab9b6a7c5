import shutil
from dataclasses import replace

import numpy as np
import pytest

from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.pipeline import AnalysisOptions
from milo_demo.saved import explaining, spectrogram
from tests.ui import drawn


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    list(drawn.steps("duet.mp4", AnalysisOptions(), folder))
    return folder


@pytest.fixture
def result(made, tmp_path):
    return shutil.copytree(made, tmp_path / "result")


def layers(sound) -> np.ndarray:
    """(layer, frame, band)"""
    return np.fromfile(sound.path, np.uint8).reshape(sound.frames, -1, sound.bands).transpose(1, 0, 2)


def test_what_is_loud_is_bright_and_every_place_is_shared_out(result):
    sound = spectrogram(result)
    assert sound.labels == ("guitar", "piano", "residual")
    whole, guitar, piano, rest = layers(sound)
    early = whole[20 : round(1.8 * sound.frames_per_s)]
    band = early.mean(axis=0).argmax()  # a tone of 440 Hz
    assert early[:, band].min() > 200 and early[:, band + 10 :].max() < 50
    shares = guitar.astype(int) + piano + rest
    assert np.abs(shares[20:110, : band + 1] - 255).max() <= 2, "nothing is lost where tracks sound"
    assert guitar[20:50, band].min() > 200 and piano[80:110, : band - 2].max() > 200


def test_a_picture_that_is_made_in_parts_shows_no_seams(result, monkeypatch):
    at_once = layers(spectrogram(result))
    monkeypatch.setattr(explaining, "CHUNK_STEPS", 2)
    in_parts = layers(spectrogram(result))
    assert in_parts.shape == at_once.shape
    assert np.abs(in_parts[0].astype(int) - at_once[0]).max() <= 1


def test_sound_without_tracks_has_the_spectrogram_alone(result):
    analysis = Analysis.load(result)
    analysis.tracks = []
    analysis.save(result)
    sound = spectrogram(result)
    assert sound.labels == () and layers(sound).shape[0] == 1


def test_without_sound_there_is_nothing_to_draw(result):
    analysis = Analysis.load(result)
    analysis.media = replace(analysis.media, has_audio=False)
    analysis.save(result)
    assert spectrogram(result) is None


def test_no_result_is_a_sentence(tmp_path):
    with pytest.raises(MiloError, match="no readable analysis"):
        spectrogram(tmp_path)
