"""The tag model against the published layout, written out in plain NumPy (Liu and Yang 2016)."""

import numpy as np
import pytest
import torch

from milo_demo.features.log_mel import ALL_WINDOWS, BANDS, log_mel
from milo_demo.models.tags import TagFCN, accumulate
from milo_demo.tags import GROUP_OF, GROUPS, TAGS
from milo_demo.weights.clip2frame import SHAPES, state_of

FRAMES = 45
"""No multiple of 4 or of 16, so that pooling has something left over."""


def convolve(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """True convolution, strictly as many frames out as in. x (channel, frame, band), kernel (filter, channel, length,
    band) -> (filter, frame, 1)"""
    _, _, length, _ = kernel.shape
    right = (length - 1) // 2
    padded = np.pad(x, ((0, 0), (length - 1 - right, right), (0, 0)))
    flipped = kernel[:, :, ::-1, ::-1]
    frames = [np.einsum("fclb,clb->f", flipped, padded[:, t : t + length]) for t in range(x.shape[1])]
    return np.stack(frames, axis=1)[:, :, None] + bias[:, None, None]


def pool(x: np.ndarray) -> np.ndarray:
    """The largest of every four frames begun."""
    return np.stack([x[:, t : t + 4].max(axis=1) for t in range(0, x.shape[1], 4)], axis=1)


def original(arrays: list[np.ndarray], features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """features (window, frame, band), standardised -> scores (tag, step) before and after the Gaussians"""
    scales = []
    for scale, x in enumerate(features):
        kernel, bias, kernel_2, bias_2 = arrays[4 * scale : 4 * scale + 4]
        x = pool(np.maximum(convolve(x[None], kernel, bias), 0))
        scales.append(pool(np.maximum(convolve(x, kernel_2, bias_2), 0)))
    x = np.concatenate(scales)
    for place in (24, 26):
        x = np.maximum(convolve(x, arrays[place], arrays[place + 1]), 0)
    before = 1 / (1 + np.exp(-convolve(x, arrays[28], arrays[29])[:, :, 0]))
    after = np.zeros_like(before)
    position = np.arange(-128, 128)
    for tag, sigma in enumerate(np.exp(arrays[30])):
        gaussian = np.exp(-(position**2) / (2 * sigma**2)) / (np.sqrt(2 * np.pi) * sigma)
        # 128 zeros on the left and 127 on the right, as for any even length; np.convolve flips, as Theano does.
        after[tag] = np.convolve(np.pad(before[tag], (128, 127)), gaussian, mode="valid")
    return before, after


@pytest.fixture(scope="module")
def arrays() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32) for shape in SHAPES]
    arrays[-1] = rng.uniform(0.5, 3, len(TAGS)).astype(np.float32)
    return arrays


def test_it_gives_the_numbers_of_the_published_layout(arrays):
    rng = np.random.default_rng(1)
    mean, std = rng.normal(5, 1, (len(ALL_WINDOWS), BANDS)), rng.uniform(1, 4, (len(ALL_WINDOWS), BANDS))
    features = rng.normal(5, 3, (len(ALL_WINDOWS), BANDS, FRAMES))
    before, after = original(arrays, ((features - mean[:, :, None]) / std[:, :, None]).transpose(0, 2, 1))
    model = TagFCN().eval()
    model.load_state_dict(state_of(arrays, *(torch.from_numpy(value).float() for value in (mean, std))))
    with torch.inference_mode():
        scores = model(torch.from_numpy(features).float()[None]).sigmoid()
        np.testing.assert_allclose(scores[0], before, atol=2e-6)
        np.testing.assert_allclose(model.accumulate(scores)[0], after, atol=2e-6)
    assert before.shape == (188, 3) and before.std() > 0.05


def test_a_step_of_its_output_is_a_step_of_the_analysis_grid():
    with torch.inference_mode():
        assert TagFCN().eval()(log_mel(torch.zeros(2, 100_000), ALL_WINDOWS)).shape == (2, 188, 13)


def test_accumulation_blurs_by_its_sigma_and_lags_by_a_step():
    impulse = torch.zeros(1, 2, 101)
    impulse[..., 50] = 1
    blurred = accumulate(impulse, torch.tensor([2.0, 10.0]))[0]
    assert blurred.argmax(dim=1).tolist() == [51, 51]
    torch.testing.assert_close(blurred.sum(dim=1), torch.ones(2), atol=1e-3, rtol=0)
    spread = (blurred * (torch.arange(101) - 51.0) ** 2).sum(dim=1).sqrt()
    torch.testing.assert_close(spread, torch.tensor([2.0, 10.0]), atol=0.1, rtol=0)


def test_an_average_over_the_clip_does_not_fade_at_its_ends():
    model = TagFCN(tags=2)
    steady = torch.full((1, 2, 12), 0.7)
    assert model.accumulate(steady)[0, :, 0].max() < 0.4
    torch.testing.assert_close(model.average(steady), steady)


def test_every_tag_has_its_place_and_its_group():
    assert len(TAGS) == len(set(TAGS)) == 188 and set(GROUP_OF.values()) == set(GROUPS)
    assert (TAGS[0], TAGS[-1], TAGS.index("soft rock")) == ("guitar", "clasical", 168)
    for tag, group in {
        "jazz": "Genre",
        "oboe": "Instrument",
        "no voice": "Vocal",
        "quick": "Tempo",
        "sad": "Other",
    }.items():
        assert GROUP_OF[tag] == group
