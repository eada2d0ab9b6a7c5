import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from milo_demo.features.log_frequency import (
    BINS,
    FRAMES,
    LEVEL,
    SECONDS,
    SIDE,
    WINDOWS,
    from_picture,
    levelled,
    picture,
)
from milo_demo.features.stft import spectrum


def tone(hertz: float, rate_hz: int) -> torch.Tensor:
    time_s = torch.arange(round(SECONDS * rate_hz)) / rate_hz
    return 0.1 * torch.sin(2 * np.pi * hertz * time_s)


@pytest.mark.parametrize("rate_hz", WINDOWS)
def test_a_sound_has_the_same_picture_at_every_rate(rate_hz):
    pictures = []
    for rate in (11_025, rate_hz):
        magnitudes = spectrum(tone(440.0, rate), WINDOWS[rate])[:BINS, :FRAMES].abs()
        assert magnitudes.shape == (BINS, FRAMES)
        pictures.append(picture(levelled(magnitudes, magnitudes)[None, None])[0, 0])
    middle = slice(8, -8)  # at the ends, the windows are not full
    assert (pictures[0] - pictures[1])[:, middle].abs().max() < 0.05 * pictures[0].max()


def test_a_picture_s_rows_are_close_at_the_bottom_and_wide_at_the_top():
    rising = torch.linspace(0, 1, BINS)[None, None, :, None].expand(1, 1, BINS, 4)
    rows = picture(rising)[0, 0, :, 0]
    assert rows.shape == (SIDE,) and rows[0] == 0 and rows[-1] == pytest.approx(1)
    steps = rows.diff() * (BINS - 1)
    assert steps[0] == pytest.approx(0.3, abs=0.05) and steps[-1] == pytest.approx(6, abs=0.5)


def test_there_and_back_is_nearly_the_same():
    smooth = F.avg_pool2d(torch.rand(2, 3, BINS, FRAMES), 15, 1, 7)
    assert_close(from_picture(picture(smooth)), smooth, atol=0.06, rtol=0)


def test_parts_are_as_much_louder_as_their_mixture_and_silence_stays_silent():
    mixture = torch.rand(BINS, FRAMES)
    assert levelled(mixture, mixture).square().mean().sqrt() == pytest.approx(LEVEL)
    assert_close(levelled(0.25 * mixture, mixture), 0.25 * levelled(mixture, mixture))
    faint = 1e-5 * mixture
    assert levelled(faint, faint).max() < 0.01
