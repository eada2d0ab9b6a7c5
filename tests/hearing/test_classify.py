import numpy as np
import pytest
import torch
from scipy.special import logit
from torch import nn

from milo_demo.features.log_mel import STEP
from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.features.patches import patches
from milo_demo.grid import pool
from milo_demo.hearing import classify
from milo_demo.instruments import LABELS
from milo_demo.models.masks import BINS
from milo_demo.models.naming.company import Company
from milo_demo.models.sound import SoundFCN
from milo_demo.models.spectrogram import PatchNet
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS


@pytest.fixture(scope="module")
def module() -> nn.Module:
    torch.manual_seed(0)
    return SoundFCN().eval().requires_grad_(False)


class Loud(nn.Module):
    """Says the first label wherever there is sound in all the middle frames of a step."""

    def __init__(self) -> None:
        super().__init__()
        self.anything = nn.Parameter(torch.zeros(1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        steps = features[:, 0].mean(dim=1).unflatten(-1, (-1, 16))[..., 4:12].amin(dim=-1)
        return torch.stack([steps - 1.0] + [torch.full_like(steps, -9.0)] * (len(LABELS) - 1), dim=1)


def scores(chunks: list[np.ndarray], module: nn.Module) -> np.ndarray:
    return np.concatenate([heard.instruments for heard in classify.hear(chunks, classify.Ear(module))])


def music(steps: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, int(steps * STEP)).astype(np.float32)


@pytest.mark.parametrize("samples", [1, STEP, STEP + 1, 70 * STEP - 1])
def test_one_row_for_every_step_begun(module, samples):
    assert scores([music(80)[:samples]], module).shape == (-(-samples // STEP), len(LABELS))


def test_no_sound_gives_no_steps(module):
    assert list(classify.hear([np.zeros((1, 0), np.float32)], classify.Ear(module))) == []


def test_chunks_of_any_length_give_the_same(module):
    sound = music(90.4)
    whole = scores([sound], module)
    pieces = scores([piece[None] for piece in np.split(sound, [5, 100_000, 100_001, 500_000])], module)
    np.testing.assert_array_equal(whole, pieces)


def test_blocks_leave_no_seam(module, monkeypatch):
    envelope = np.repeat(np.random.default_rng(1).uniform(0.01, 1, 91), STEP)
    sound = (music(91) * envelope).astype(np.float32)
    blocks = scores([sound], module)
    monkeypatch.setattr(classify, "BLOCK", 1000)
    np.testing.assert_allclose(blocks, scores([sound], module), atol=1e-4)


def test_a_sound_is_heard_in_its_own_steps():
    sound = np.zeros(20 * STEP, np.float32)
    sound[6 * STEP : 11 * STEP] = music(5)
    heard = scores([sound], Loud().eval())[:, 0] > 0.5
    assert np.flatnonzero(heard).tolist() == [6, 7, 8, 9, 10]


def test_silence_scores_nothing_at_all(module):
    sound = np.concatenate([music(20), np.zeros(20 * STEP, np.float32), music(20)])
    found = scores([sound], module)
    assert not found[21:39].any()
    assert found[:20].all()


def test_the_classifier_has_its_share_of_what_is_heard(module):
    torch.manual_seed(1)
    classifier = PatchNet().eval().requires_grad_(False)
    sound = music(45)
    alone = scores([sound], module)
    (heard,) = classify.hear([sound], classify.Ear(module, classifier))
    with torch.inference_mode():
        audio = torch.from_numpy(sound)
        said = classifier(patches(normalise(audio, levels_dbfs(audio))[None])[0]).numpy()
    share = classify.SPECTROGRAM_SHARE
    np.testing.assert_allclose(logit(heard.instruments), (1 - share) * logit(alone) + share * said, atol=1e-3)


def test_both_networks_have_half_a_say_each():
    sound, spectrogram = torch.full((1, len(LABELS), 3), -1.0), torch.full((1, len(LABELS), 3), 4.0)
    torch.testing.assert_close(classify.combine(sound, spectrogram), torch.full_like(sound, 1.5))
    torch.testing.assert_close(classify.combine(sound, None), sound)


def test_a_block_is_scored_as_soon_as_its_surroundings_are_known(module):
    asked = []

    def chunks():
        for step in range(2 * classify.BLOCK + classify.CONTEXT):
            asked.append(step)
            yield music(1)

    blocks = classify.hear(chunks(), classify.Ear(module))
    assert len(next(blocks).instruments) == classify.BLOCK and len(asked) == classify.BLOCK + classify.CONTEXT
    assert [len(block.instruments) for block in blocks] == [classify.BLOCK, classify.CONTEXT]


def test_no_more_sound_is_held_than_a_block_and_its_surroundings(module, monkeypatch):
    held = []
    monkeypatch.setattr(
        classify, "_score", lambda sound, ear, first, end: held.append((len(sound) // STEP, first, end))
    )
    block, context = classify.BLOCK, classify.CONTEXT
    list(classify.hear((music(1) for _ in range(4 * block + 20)), classify.Ear(module)))
    assert held[0] == (block + context, 0, block)
    assert held[1:-1] == [(context + block + context, context, context + block)] * 3
    assert held[-1] == (20 + context, context, None)


def test_the_bundled_ear_says_what_it_is():
    ear = classify.load()
    assert [used.role for used in ear.used] == ["sound", "spectrogram", "vocabulary", "masks", "company", "tags"]
    assert isinstance(ear.sound, SoundFCN) and isinstance(ear.spectrogram, PatchNet) and isinstance(ear.tags, TagFCN)
    assert set(ear.tag_thresholds) == set(TAGS)


def test_instruments_ring_on_and_the_voice_stops_at_once():
    logits = torch.full((1, len(LABELS), 21), -4.0)
    logits[..., 10] = 4.0
    heard = classify.combine(logits, None)[0]
    voice = LABELS.index("voice")
    torch.testing.assert_close(heard[voice], logits[0, voice], atol=1e-3, rtol=0)
    assert (heard[0, 8:13] > -3.9).all() and heard[0, 10] < 0
    torch.testing.assert_close(heard[0, :2], logits[0, 0, :2], atol=1e-3, rtol=0)


def test_tags_come_with_the_instruments_and_change_nothing_about_them(module):
    torch.manual_seed(2)
    ear = classify.Ear(module, tags=TagFCN().eval().requires_grad_(False))
    sound = music(classify.BLOCK + 20.5)
    blocks = list(classify.hear([sound], ear))
    assert [len(block.tags) for block in blocks] == [classify.BLOCK, 21]
    assert all(block.tags.shape == (len(block.instruments), 188) for block in blocks)
    np.testing.assert_array_equal(np.concatenate([block.instruments for block in blocks]), scores([sound], module))
    assert next(classify.hear([sound], classify.Ear(module))).tags.shape == (classify.BLOCK, 0)


def test_pool_ignores_silence_and_takes_the_loudest_third():
    clip = np.zeros((30, 2), np.float32)
    clip[:10] = 0.1
    clip[:3, 0] = 0.9
    np.testing.assert_allclose(pool(clip), [0.9, 0.1], atol=1e-6)
    assert not pool(np.zeros((5, 2), np.float32)).any()
    assert pool(np.zeros((0, 2), np.float32)).shape == (2,)


class Muffled(nn.Module):
    """Says that somebody sings the surer the fewer highs there are: hardly where they are, clearly where they are
    not."""

    def __init__(self) -> None:
        super().__init__()
        self.anything = nn.Parameter(torch.zeros(1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        highs = features[:, 0, -20:].mean(dim=1).unflatten(-1, (-1, 16)).mean(dim=-1)
        voice = torch.where(highs > features[:, 0].mean(), -1.0, 4.0)
        return torch.stack([torch.full_like(voice, -9.0)] * (len(LABELS) - 1) + [voice], dim=1)


class Lows(nn.Module):
    """Takes what lies under 2 kHz for the voice."""

    def shares(self, magnitudes: torch.Tensor, labels: list[str]) -> torch.Tensor:
        share = torch.zeros_like(magnitudes[:BINS])
        share[: BINS // 4] = 1
        return torch.stack([share, 1 - share])


def test_what_may_be_a_voice_is_listened_to_alone_as_well():
    module, sound = Muffled().eval(), music(20)
    (through_all,) = classify.hear([sound], classify.Ear(module))
    (both,) = classify.hear([sound], classify.Ear(module, masks=Lows()))
    whole, alone = -1.0, 4.0
    assert logit(through_all.instruments[10, -1]) == pytest.approx(whole, abs=0.01)
    share = classify.ALONE_SHARE
    assert logit(both.instruments[10, -1]) == pytest.approx((1 - share) * whole + share * alone, abs=0.01)
    np.testing.assert_array_equal(both.instruments[:, :-1], through_all.instruments[:, :-1])
    assert both.voice_db.shape == (20, 1) and np.isfinite(both.voice_db).all()


def test_what_is_heard_is_also_said_as_it_is_worth_in_company(module):
    company = Company()
    company.odds.data[3] = -0.7
    sound = np.concatenate([music(20), np.zeros(8 * STEP, np.float32)])
    (heard,) = classify.hear([sound], classify.Ear(module, company=company.eval().requires_grad_(False)))
    moved = logit(heard.together[:20]) - logit(heard.instruments[:20])
    np.testing.assert_allclose(moved[:, 3], -0.7, atol=1e-3)
    np.testing.assert_allclose(np.delete(moved, 3, axis=1), 0, atol=1e-3)
    assert not heard.together[25:].any(), "silence stays silent"
