"""A clip is listened to by an ear that reads levels: what is left to go wrong is how its scores are put together."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from milo_demo.analysis import ModelUsed
from milo_demo.errors import MiloError
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.sound_field import CHANNELS
from milo_demo.hearing import listen as module
from milo_demo.hearing.classify import Ear, Scores
from milo_demo.hearing.listen import Heard, listen
from milo_demo.hearing.localise import BLOCK_S
from milo_demo.hearing.tags import tag_scores
from milo_demo.instruments import LABELS
from milo_demo.media.probe import Probe, probe
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS
from tests.hearing.duet import TwoTones, duet, tone, written
from tests.media.making import clip, ffmpeg

VIOLIN, TUBA, FLUTE = (LABELS.index(label) for label in ("violin", "tuba", "flute"))
USED = (ModelUsed("sound", "stub", "1", "00", "bundled"),)
BLOCK = 5


class Onsets:
    """Keeps what it was given instead of its onsets."""

    def __init__(self) -> None:
        self.chunks: list[np.ndarray] = []

    def tap(self, chunks):
        for chunk in chunks:
            self.chunks.append(chunk)
            yield chunk

    def strength(self) -> np.ndarray:
        return np.concatenate(self.chunks, axis=1)[0]

    def padded(self, steps: int) -> np.ndarray:
        return self.strength()


def levels(sound: np.ndarray) -> np.ndarray:
    """Of each step begun, (step,)."""
    padded = np.pad(sound, (0, -len(sound) % STEP)).reshape(-1, STEP)
    return np.sqrt((padded**2).mean(axis=1))


@pytest.fixture
def ear(monkeypatch) -> Ear:
    """Hears the violin in loud steps, the tuba always, the flute a little; each tag but one at 0.3, its threshold."""
    tags = TagFCN().eval()
    with torch.no_grad():
        tags.log_sigma[:] = 0.0
    networks = torch.nn.Identity(), TwoTones(), torch.nn.Identity()
    ear = Ear(*networks, tags, dict.fromkeys(TAGS, 0.3), USED)

    def hear(chunks, given):
        assert given is ear
        loud = levels(np.concatenate([np.asarray(chunk) for chunk in chunks], axis=1)[0]) > 0.02
        scores = np.zeros((len(loud), len(LABELS)), np.float32)
        scores[:, VIOLIN], scores[:, TUBA], scores[:, FLUTE] = 0.9 * loud, 0.6, 0.2
        raw = np.full((len(loud), len(TAGS)), 0.3, np.float32)
        raw[:, 0] = loud
        for first in range(0, len(loud), BLOCK):
            yield Scores(scores[first : first + BLOCK], raw[first : first + BLOCK])

    monkeypatch.setattr(module.classify, "load", lambda: ear)
    monkeypatch.setattr(module.classify, "hear", hear)
    monkeypatch.setattr(module.tempo, "warm", lambda: None)  # librosa takes seconds
    monkeypatch.setattr(module.tempo, "Onsets", Onsets)
    monkeypatch.setattr(module.tempo, "follow", lambda onsets, steps: (onsets.strength(), steps))
    return ear


def listened(source: Probe, start_s: float, duration_s: float, threshold: float = 0.5) -> tuple[list[float], Heard]:
    """Fractions done, and what is heard."""
    run, fractions = listen(source, start_s, duration_s, threshold), []
    while True:
        try:
            fractions.append(next(run))
        except StopIteration as end:
            return fractions, end.value


def mono(path, steps: int = 12) -> Probe:
    """Silence, but a tone in steps 6 and 7."""
    sound = np.zeros((1, steps * STEP))
    sound[0, 6 * STEP : 8 * STEP] = tone("violin", 2)
    return written(path, sound, layout="mono")


def ambisonic(path) -> Probe:
    return replace(written(path, duet(), "-c:a", "pcm_s16le"), audio_layout="ambisonic 1")


def test_scores_stand_in_their_steps_and_the_fraction_done_grows(ear, tmp_path):
    fractions, heard = listened(mono(tmp_path / "a.wav"), 0.0, 12 * STEP / RATE_HZ)
    assert fractions == [5 / 12, 10 / 12, 1.0]
    assert heard.instruments.shape == (12, len(LABELS)) and heard.instruments.dtype == np.float16
    assert np.flatnonzero(heard.instruments[:, VIOLIN]).tolist() == [6, 7]
    assert heard.instruments[:, TUBA] == pytest.approx([0.6] * 12, abs=1e-3)
    assert heard.models == USED


def test_tags_are_put_on_the_scale_of_their_thresholds(ear, tmp_path):
    _, heard = listened(mono(tmp_path / "a.wav"), 0.0, 12 * STEP / RATE_HZ)
    assert heard.tags.shape == (12, len(TAGS)) and heard.tags.dtype == np.float16
    np.testing.assert_allclose(heard.tags[:, 1:], 0.5, atol=1e-3)
    raw = np.full((12, len(TAGS)), 0.3, np.float32)
    raw[:, 0] = [0] * 6 + [1] * 2 + [0] * 4
    np.testing.assert_allclose(heard.tags, tag_scores(raw, ear.tags, ear.tag_thresholds), atol=1e-3)


def test_the_part_asked_for_is_the_part_listened_to(ear, tmp_path):
    _, heard = listened(mono(tmp_path / "a.wav"), 4 * STEP / RATE_HZ, 5 * STEP / RATE_HZ)
    assert np.flatnonzero(heard.instruments[:, VIOLIN]).tolist() == [2, 3] and len(heard.instruments) == 5


def test_the_beat_is_taken_from_the_same_sound_and_for_as_many_steps(ear, tmp_path):
    _, heard = listened(mono(tmp_path / "a.wav"), 0.0, 12 * STEP / RATE_HZ)
    sound, steps = heard.tempo
    assert steps == 12 and len(sound) == 12 * STEP
    assert np.flatnonzero(levels(sound) > 0.02).tolist() == [6, 7]


def test_what_is_heard_behind_the_last_step_is_left_out(ear, tmp_path, monkeypatch):
    """The sound may end a little behind the copy's last frame."""
    monkeypatch.setattr(module, "steps_in", lambda duration_s: 7)
    fractions, heard = listened(mono(tmp_path / "a.wav"), 0.0, 8 * STEP / RATE_HZ)
    assert fractions == [5 / 7, 1.0]
    assert len(heard.instruments) == len(heard.tags) == 7 and heard.instruments[6, VIOLIN] > 0.5


def test_steps_of_which_nothing_is_heard_stay_empty(ear, tmp_path, monkeypatch):
    hear = module.classify.hear
    monkeypatch.setattr(module.classify, "hear", lambda chunks, ear: list(hear(chunks, ear))[:2])
    fractions, heard = listened(mono(tmp_path / "a.wav"), 0.0, 12 * STEP / RATE_HZ)
    assert fractions == [5 / 12, 10 / 12] and len(heard.instruments) == 12
    assert heard.instruments[:10].all(axis=0)[TUBA] and not heard.instruments[10:].any()


def test_sound_without_directions_has_none(ear, tmp_path):
    for source in (mono(tmp_path / "a.wav"), written(tmp_path / "b.wav", duet())):
        assert listened(source, 0.0, 12 * STEP / RATE_HZ)[1].directions is None


def test_of_ambisonics_the_channel_for_all_directions_is_listened_to(ear, tmp_path):
    """The mean of the four channels would be quiet where the players stand left and right."""
    _, heard = listened(ambisonic(tmp_path / "a.wav"), 0.0, 12 * STEP / RATE_HZ)
    assert heard.instruments[:, VIOLIN] == pytest.approx([0.9] * 12, abs=1e-3)
    np.testing.assert_allclose(heard.tempo[0], duet()[0], atol=1e-3)


def test_whoever_is_heard_in_the_clip_is_given_a_direction(ear, tmp_path):
    fractions, heard = listened(ambisonic(tmp_path / "a.wav"), 0.0, 12 * STEP / RATE_HZ)
    assert heard.directions == {"violin": pytest.approx((-90, 0), abs=2), "tuba": pytest.approx((90, 0), abs=2)}
    assert fractions == [5 / 12, 10 / 12, 1.0, 1.0]


@pytest.mark.parametrize("threshold, labels", [(0.9, {"violin"}), (0.95, set()), (0.6, {"violin", "tuba"})])
def test_a_label_whose_clip_score_reaches_the_threshold_counts_as_heard(ear, tmp_path, monkeypatch, threshold, labels):
    monkeypatch.setattr(module, "pool", lambda scores: scores.max(axis=0).astype(np.float64).round(3))
    _, heard = listened(ambisonic(tmp_path / "a.wav"), 0.0, 12 * STEP / RATE_HZ, threshold)
    assert set(heard.directions) == labels


def test_directions_are_looked_for_in_the_same_part_and_in_blocks_of_whole_steps(ear, tmp_path, monkeypatch):
    assert BLOCK_S * RATE_HZ % STEP == 0
    asked, listen_there = [], module.localise.listen

    def noted(chunks, *rest):
        return listen_there((asked.append(chunk.shape) or chunk for chunk in chunks), *rest)

    monkeypatch.setattr(module.localise, "listen", noted)
    monkeypatch.setattr(module.localise, "BLOCK_S", 4 * STEP / RATE_HZ)
    listened(ambisonic(tmp_path / "a.wav"), 4 * STEP / RATE_HZ, 6 * STEP / RATE_HZ)
    assert asked == [(CHANNELS, 4 * STEP), (CHANNELS, 2 * STEP)]


def test_without_sound_there_is_one_sentence(ear, tmp_path):
    path = tmp_path / "still.mp4"
    ffmpeg("-i", clip(tmp_path / "a.mp4"), "-an", "-c", "copy", path)
    with pytest.raises(MiloError, match="no sound"):
        next(listen(probe(path), 0.0, 1.0, 0.5))
