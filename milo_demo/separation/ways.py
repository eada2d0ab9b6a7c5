"""The two ways to cut players out of a sound: by the mask network's shares, and by the harmonics of their notes.

Shares are cut on short windows, in which a drum is known from a string by its time; harmonics on long ones, in which
the partials of a chord stand apart. Where no harmonic of anybody's reaches, shares decide there too.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.features.stft import LONG, SHORT, TRACK_HZ, Window, sound, spectrum
from milo_demo.separation import harmonic
from milo_demo.separation.notes import pitch
from milo_demo.separation.notes.owners import NoteFound
from milo_demo.separation.notes.salience import FRAMES_PER_S
from milo_demo.separation.shares import on_long, raised, size

UNEXPLAINED = 1e-2
"""Energy, against the mean, that shares divide where no harmonic reaches."""
HARMONIC_BINS = size(LONG) // 2 + 1
"""Of long spectra: those up to 11 kHz, where harmonics are followed."""
FROM_6_KHZ = slice(round(6000 * LONG.size / TRACK_HZ), HARMONIC_BINS)


def by_shares(sounds: Tensor, known: Tensor, window: Window = SHORT) -> Tensor:
    """What every row has of a sound.

    sounds : (channel, sample) at 44.1 kHz
    known  : (row, bin of the window, frame) shares that sum to 1

    Returns (row, channel, sample), which sum to the sound.
    """
    mixture = spectrum(sounds, window)
    tracks = torch.stack([sound(mixture * row, window, sounds.shape[-1]) for row in known])
    tracks[-1] += sounds - tracks.sum(dim=0)  # windows are incomplete at the edges
    return tracks


def harmonics(sounds: Tensor, found: Sequence[NoteFound], players: list[int]) -> Tensor:
    """Energy of everyone's harmonics in a sound, (player, bin, frame of the window LONG).

    sounds  : (channel, sample) at 44.1 kHz
    found   : the players' notes
    players : who they are, as the notes know them
    """
    magnitudes = _loudness(spectrum(sounds, LONG))
    notes = [_note(note, players.index(note.player), magnitudes.shape[1]) for note in found if note.player in players]
    return _energies(magnitudes.T.cpu().numpy(), notes, len(players)).to(sounds.device)


def by_harmonics(sounds: Tensor, energies: Tensor, known: Tensor) -> Tensor:
    """What players and the rest have of a sound.

    sounds   : (channel, sample) at 44.1 kHz
    energies : (player, bin, frame) of their harmonics
    known    : (player … and the rest, BINS, frame) shares by the mask network

    Returns (player … and the rest, channel, sample), which sum to the sound.
    """
    mixture = spectrum(sounds, LONG)
    magnitudes = _loudness(mixture)
    known = on_long(known, magnitudes.shape[1], HARMONIC_BINS)
    energies = energies + UNEXPLAINED * magnitudes.square().mean() * known[:-1].square()
    rest = (known[-1] * magnitudes).square() + UNEXPLAINED * magnitudes.square().mean() * known[-1].square()
    energies = torch.cat([energies, rest[None]]) + 1e-12
    masks = raised(energies / energies.sum(dim=0), magnitudes.square(), size(LONG), FROM_6_KHZ)
    tracks = torch.stack([sound(mixture * mask, LONG, sounds.shape[-1]) for mask in masks])
    tracks[-1] += sounds - tracks.sum(dim=0)
    return tracks


def _loudness(mixture: Tensor) -> Tensor:
    """Spectra (channel, bin, frame) to magnitudes of all channels together (bin, frame), as far as harmonics go."""
    return mixture.abs().square().mean(dim=0).sqrt()[:HARMONIC_BINS]


def _energies(magnitudes: NDArray[np.float32], notes: list[pitch.Note], players: int) -> Tensor:
    """(player, bin, frame) energy of everyone's harmonics in a sound of magnitudes (frame, bin)."""
    f0_hz, _ = pitch.follow(notes, magnitudes)
    model = harmonic.fit(magnitudes, pitch.voices(notes, f0_hz, len(magnitudes)), players)
    parts = model.magnitudes()
    masks = np.square(parts) / (np.square(parts).sum(axis=0) + 1e-3 * np.square(magnitudes).mean())
    f0_hz, _ = pitch.follow(notes, masks * magnitudes)  # once more, without the others
    model = harmonic.fit(magnitudes, pitch.voices(notes, f0_hz, len(magnitudes)), players)
    return torch.from_numpy(np.square(model.magnitudes()).transpose(0, 2, 1).copy())


def _note(note: NoteFound, player: int, frames: int) -> pitch.Note:
    """The same note in frames of the long window."""
    per_frame = TRACK_HZ / LONG.hop / FRAMES_PER_S
    start = min(frames - 1, round(note.start * per_frame))
    return pitch.Note(start, max(start + 1, min(frames, round(note.end * per_frame))), note.pitch, player)
