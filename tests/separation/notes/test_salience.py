"""Salience over a whole clip: on the clock, seamless, of any length."""

import numpy as np
import pytest
import torch

from milo_demo import weights
from milo_demo.features.constant_q import HOP, RATE_HZ
from milo_demo.separation.notes.salience import FRAMES_PER_S, LOWEST_PITCH, salience


@pytest.fixture(scope="module")
def network():
    return weights.load("notes", "cpu").module


def notes_at(starts_s, duration_s, pitch=69, length_s=0.6):
    """(sample,): a note of eight harmonics at each start."""
    time_s = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * h * time_s) / h for h in range(1, 9))
    gate = sum((time_s >= start) & (time_s < start + length_s) for start in starts_s)
    return (0.1 * tone * gate).astype(np.float32)


def test_notes_lie_on_the_clock_from_the_first_window_to_the_last(network):
    starts_s = np.arange(0.5, 8.5, 1.037)
    heard = salience(notes_at(starts_s, 9.5), network)
    row = 69 - LOWEST_PITCH
    for start_s in starts_s:
        frame = start_s * FRAMES_PER_S
        near = slice(int(frame) - 10, int(frame) + 12)
        assert abs(heard.onset[row, near].argmax() + near.start - frame) <= 1
        assert heard.note[row, int(frame) + 5 : int(frame + 0.55 * FRAMES_PER_S)].min() > 0.5
        assert heard.note[row, int(frame) - 10 : int(frame) - 4].max() < 0.5
    assert heard.note.shape == (88, int(9.5 * RATE_HZ) // HOP + 1)


def test_one_window_says_what_the_network_says(network):
    sound = notes_at([0.4, 1.2], 1.6)
    with torch.inference_mode():
        padded = np.pad(sound, (15 * HOP, 43_844 - 15 * HOP - len(sound)))
        whole = network(torch.from_numpy(padded)[None])
    inside = slice(40, 120)  # the transform of the network's own window is mirrored elsewhere
    np.testing.assert_allclose(salience(sound, network).note[:, inside], whole.note[0, :, 15:][:, inside], atol=0.05)


@pytest.mark.parametrize("samples, frames", [(0, 1), (1, 1), (256, 2), (90_000, 352)])
def test_silence_of_any_length(network, samples, frames):
    heard = salience(np.zeros(samples, np.float32), network)
    assert [part.shape for part in heard] == [(88, frames), (88, frames), (264, frames), (309, frames)]
    assert all(np.isfinite(part).all() and part.dtype == np.float32 for part in heard)
    assert heard.note.max() < 0.5
