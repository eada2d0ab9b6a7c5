import numpy as np
import pytest
import torch

from milo_demo import weights
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.hearing.singing import sung
from milo_demo.models.masks import MaskNet


@pytest.mark.parametrize("samples", [1, STEP, STEP + 1, 10 * STEP])
def test_every_step_begun_has_a_level_and_every_sample_a_voice(samples):
    voice, levels = sung(torch.zeros(samples), MaskNet().eval())
    assert levels.shape == (-(-samples // STEP),) and levels.isfinite().all()
    assert voice.shape == (samples,) and not voice.any()


def test_a_last_step_cut_short_is_not_taken_for_a_quiet_one():
    sound = torch.randn(4 * STEP - STEP // 2, generator=torch.Generator().manual_seed(0))
    _, levels = sung(sound, MaskNet().eval())
    assert levels[-1] == pytest.approx(levels[:-1].mean().item(), abs=1.5)


def test_what_sings_is_louder_than_what_does_not():
    """A drawn voice, a vibrato with the formants of an a, for two seconds; then the noise of a room."""
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    turns = np.cumsum(220 * 2 ** (0.4 / 12 * np.sin(2 * np.pi * 5.5 * time_s))) / RATE_HZ
    sung_alone = np.zeros_like(time_s)
    for number in range(1, 30):
        formants = sum(np.exp(-(((220 * number - at) / 150) ** 2)) for at in (730, 1090, 2440))
        sung_alone += (0.02 + formants) * np.sin(2 * np.pi * number * turns)
    noise = 0.02 * np.random.default_rng(0).standard_normal(len(time_s))
    sound = (noise + np.where(time_s < 2, 0.1 * sung_alone, 0)).astype(np.float32)
    voice, levels = sung(torch.from_numpy(sound), weights.load("masks").module)
    assert levels[:3].min() > levels[5:].max() + 10
    apart = voice.numpy() - np.where(time_s < 2, 0.1 * sung_alone, 0)
    assert np.square(apart).mean() < 0.5 * noise.var(), "what it takes for the voice is the voice, without most noise"
