"""Cut by shares or by harmonics, tracks sum to the sound; and what no harmonic explains is whose it is beside."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from milo_demo.features.stft import LONG, SHORT, TRACK_HZ, spectrum
from milo_demo.models.masks import BINS
from milo_demo.separation.notes.owners import NoteFound
from milo_demo.separation.notes.pitch import pitch_hz
from milo_demo.separation.notes.salience import FRAMES_PER_S
from milo_demo.separation.shares import size
from milo_demo.separation.ways import DOUBT, DYING_DOUBT, by_harmonics, by_shares, harmonics

SECONDS = 3.0
ENDS_S = 1.5
"""When the first player stops; the room goes on."""


def tone(pitch: int) -> torch.Tensor:
    """(sample,) of eight partials, SECONDS long."""
    phase = 2 * np.pi * pitch_hz(pitch) * np.arange(round(SECONDS * TRACK_HZ)) / TRACK_HZ
    partial = np.arange(1, 9)[:, None]
    return torch.from_numpy((0.1 * np.sin(partial * phase) / partial).sum(axis=0).astype(np.float32))


def note(player: int, pitch: int, start_s: float = 0.0, end_s: float = SECONDS) -> NoteFound:
    return NoteFound(player, pitch, int(start_s * FRAMES_PER_S), int(end_s * FRAMES_PER_S), 0.0, 1.0)


def undecided(sounds: torch.Tensor, players: int) -> torch.Tensor:
    """A mask network's shares that know nothing, but that nobody else plays: (row, BINS, frame)."""
    frames = spectrum(sounds, SHORT).shape[-1]
    return torch.cat([torch.full((players, BINS, frames), 1 / players), torch.zeros(1, BINS, frames)])


def snr_db(true: torch.Tensor, found: torch.Tensor) -> float:
    return 10 * float(torch.log10(true.square().sum() / (true - found).square().sum()))


def cut(parts: list[torch.Tensor], notes: list[NoteFound]) -> list[float]:
    """How well two parts (sample,) come apart by their notes, dB."""
    sounds = torch.stack(parts).sum(dim=0, keepdim=True)
    tracks = by_harmonics(sounds, harmonics(sounds, notes, [0, 1]), undecided(sounds, 2), DOUBT)
    assert_close(tracks.sum(dim=0), sounds)
    return [snr_db(part, track[0]) for part, track in zip(parts, tracks, strict=False)]


def test_a_tail_in_the_room_is_whose_the_note_was():
    time_s = torch.arange(round(SECONDS * TRACK_HZ)) / TRACK_HZ
    dying = tone(60) * torch.exp(-4 * (time_s - ENDS_S).clamp(min=0))
    assert min(cut([dying, tone(66)], [note(0, 60, end_s=ENDS_S), note(1, 66)])) > 17


def test_the_beginning_of_a_note_found_late_is_its_player_s():
    assert min(cut([tone(60), tone(66)], [note(0, 60, start_s=0.25), note(1, 66)])) > 17.5


def test_the_rest_keeps_what_lies_between_somebody_s_partials():
    bass = tone(36)
    rest = torch.from_numpy(np.random.default_rng(0).normal(0, 0.03, len(bass)).astype(np.float32))
    sounds = (bass + rest)[None]
    known = undecided(sounds, 1)
    known[0], known[1] = 0.7, 0.3
    tracks = by_harmonics(sounds, harmonics(sounds, [note(0, 36)], [0]), known, DOUBT)
    assert snr_db(rest, tracks[1, 0]) > 5.3


def test_the_masks_are_asked_where_harmonics_explain_little():
    """Knocks with a short note in each, beside a tone that is held."""
    held, knocks = tone(60), torch.zeros(round(SECONDS * TRACK_HZ))
    for at in range(0, len(knocks), 22_050):
        noise = np.random.default_rng(at).normal(0, 0.3, 8_000) * np.exp(-np.arange(8_000) / 2_000)
        knocks[at : at + 8_000] = torch.from_numpy(noise[: len(knocks) - at])
    sounds = (held + knocks)[None]
    notes = [note(0, 60), *(note(1, 67, at / 2, at / 2 + 0.2) for at in range(6))]
    true = spectrum(torch.stack([held, knocks]), SHORT).abs()[:, :BINS]
    known = torch.cat([true / (true.sum(dim=0) + 1e-9), torch.zeros_like(true[:1])])
    trusting, doubting = (
        by_harmonics(sounds, harmonics(sounds, notes, [0, 1]), known, doubt) for doubt in (0.0, DYING_DOUBT)
    )
    for part, player in ((held, 0), (knocks, 1)):
        assert snr_db(part, doubting[player, 0]) > snr_db(part, trusting[player, 0]) + 1


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("window, bins", [(SHORT, size(SHORT)), (LONG, size(LONG))])
def test_shares_cut_a_sound_without_rest(window, bins, channels):
    sounds = torch.rand(channels, 30_000) - 0.5
    frames = spectrum(sounds, window).shape[-1]
    tracks = by_shares(sounds, torch.stack([torch.full((bins, frames), share) for share in (0.2, 0.5, 0.3)]), window)
    assert tracks.shape == (3, channels, 30_000)
    assert_close(tracks.sum(dim=0), sounds)
    assert snr_db(0.5 * sounds, tracks[1]) > 15
