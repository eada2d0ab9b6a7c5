"""The note network beside the original, and the parts that it is made of."""

import numpy as np
import pytest
import torch

from milo_demo import weights
from milo_demo.features.constant_q import BINS, FREQUENCIES_HZ, RATE_HZ, ConstantQ
from milo_demo.models.notes import WINDOW, NoteNet, stack_harmonics

ORIGINAL = {
    "note": [
        (48, 20, 0.0981),
        (48, 60, 0.8222),
        (48, 120, 0.8101),
        (55, 60, 0.1050),
        (55, 120, 0.8478),
        (60, 120, 0.2806),
    ],
    "onset": [(48, 42, 0.9483), (48, 100, 0.0491), (55, 85, 0.9665), (55, 60, 0.0954)],
    "contour": [(144, 70, 0.2528), (143, 70, 0.0409), (147, 70, 0.0851), (165, 120, 0.2910), (10, 120, 0.0991)],
}
"""(pitch or third of a semitone, frame, score) of `two_notes` by basic-pitch's own TensorFlow Lite file."""


def two_notes() -> torch.Tensor:
    """(1, sample): A4 from 0.5 s on, E5 from 1 s on, five harmonics each."""
    time_s = np.arange(WINDOW) / RATE_HZ
    sound = sum(
        np.sin(2 * np.pi * frequency_hz * harmonic * time_s) / harmonic * (time_s >= start_s)
        for frequency_hz, start_s in ((440.0, 0.5), (659.26, 1.0))
        for harmonic in range(1, 6)
    )
    return torch.from_numpy(0.1 * np.asarray(sound, np.float32))[None]


@pytest.fixture(scope="module")
def scores():
    with torch.inference_mode():
        return weights.load("notes", "cpu").module(two_notes())


def test_shapes(scores):
    assert [tuple(part.shape) for part in scores] == [(1, 88, 172), (1, 88, 172), (1, 264, 172), (1, BINS, 172)]


@pytest.mark.parametrize("part", ORIGINAL)
def test_it_says_what_the_original_says(scores, part):
    for row, frame, expected in ORIGINAL[part]:
        assert getattr(scores, part)[0, row, frame].item() == pytest.approx(expected, abs=1e-3)


def test_any_length_and_silence():
    network = NoteNet().eval()
    with torch.inference_mode():
        for samples, frames in ((1, 1), (255, 1), (256, 2), (70_001, 274)):
            scores = network(torch.zeros(2, samples))
            assert scores.note.shape == (2, 88, frames) and scores.cqt.shape == (2, BINS, frames)
            assert all(part.isfinite().all() for part in scores)


@pytest.mark.parametrize("pitch_bin", [36, 100, 200, 300])
def test_a_sine_is_loudest_in_its_bin(pitch_bin):
    time_s = torch.arange(3 * RATE_HZ, dtype=torch.float64) / RATE_HZ
    sine = torch.sin(2 * torch.pi * FREQUENCIES_HZ[pitch_bin] * time_s).float()
    spectrum = ConstantQ()(sine[None])[0, :, 130]
    assert spectrum.argmax() == pitch_bin


def test_a_click_lies_in_its_frame():
    sound = torch.zeros(1, 200 * 256)
    sound[0, 100 * 256] = 1
    assert (ConstantQ()(sound)[0, 100:].argmax(dim=1) == 100).all()


def test_harmonics_lie_over_their_fundamental():
    levels = torch.zeros(1, 1, BINS)
    levels[0, 0, [40, 40 + 36, 40 + 57]] = torch.tensor([1.0, 2.0, 3.0])
    assert stack_harmonics(levels)[0, :4, 0, 40].tolist() == [0, 1, 2, 3]
    assert stack_harmonics(levels)[0, 0, 0, 76].item() == 1, "an octave up, it is the half"
