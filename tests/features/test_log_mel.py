import librosa
import numpy as np
import pytest
import torch

from milo_demo.features.log_mel import BANDS, FRAMES_PER_STEP, HOP, RATE_HZ, STEP, WINDOWS, log_mel


def test_one_sample_more_begins_another_step():
    assert log_mel(torch.zeros(2, 1)).shape == (2, len(WINDOWS), BANDS, FRAMES_PER_STEP)
    assert log_mel(torch.zeros(1, STEP)).shape[-1] == FRAMES_PER_STEP
    assert log_mel(torch.zeros(1, STEP + 1)).shape[-1] == 2 * FRAMES_PER_STEP


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        log_mel(torch.zeros(1, 0))


def test_silence_is_zero():
    assert not log_mel(torch.zeros(1, STEP)).any()


@pytest.mark.parametrize("scale", range(len(WINDOWS)))
def test_same_numbers_as_librosa(scale):
    window = WINDOWS[scale]
    sound = np.random.default_rng(0).normal(0, 0.1, 2 * STEP).astype(np.float32)
    margin = (window - HOP) // 2
    mel = librosa.feature.melspectrogram(
        y=np.pad(sound, margin), sr=RATE_HZ, n_fft=window, hop_length=HOP, n_mels=BANDS, center=False
    )
    found = log_mel(torch.from_numpy(sound)[None])[0, scale].numpy()
    np.testing.assert_allclose(found, np.log1p(10_000 * mel), atol=1e-3)


@pytest.mark.parametrize("scale", range(len(WINDOWS)))
def test_a_frame_is_centred_on_its_hop(scale):
    sound = torch.zeros(1, 3 * STEP)
    frame = 21
    sound[0, frame * HOP + HOP // 2] = 1.0
    energy = log_mel(sound)[0, scale].sum(dim=0)
    assert energy.argmax() == frame
    torch.testing.assert_close(energy[frame - 5 : frame], energy[frame + 1 : frame + 6].flip(0), rtol=0.01, atol=0.01)
