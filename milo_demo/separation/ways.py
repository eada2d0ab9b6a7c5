"""The two ways to cut players out of a sound: by the mask network's shares, and by the harmonics of their notes.

Shares are cut on short windows, in which a drum is known from a string by its time; harmonics on long ones, in which
the partials of a chord stand apart. Where no harmonic of anybody's reaches, shares decide there too.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from torch import Tensor

from milo_demo.features.stft import LONG, SHORT, TRACK_HZ, Window, sound, spectrum
from milo_demo.separation import harmonic
from milo_demo.separation.notes import pitch
from milo_demo.separation.notes.owners import NoteFound
from milo_demo.separation.notes.salience import FRAMES_PER_S
from milo_demo.separation.shares import on_long, raised, size

UNEXPLAINED = 1e-2
"""Energy, against the mean, that shares divide where no harmonic reaches."""
AROUND, AROUND_BINS, AROUND_FRAMES = 0.1, 11, 21
"""Share of the energy one has around a place, within 30 Hz and a quarter of a second, that is expected in it too. What
no partial reaches, up to half of a voice with vibrato, a note's tail in the room, its attack, is then divided as what
lies around it. Given names, pairs of real solos gain 0.5 dB by it, duets 3, trios 1.2, quartets 0.2; a third or three
times the share, half or twice the distances change less than 0.4. Without it for the rest, that of pop loses 8 dB."""
DOUBT, DYING_DOUBT = 0.3, 4.0
"""Share of a place's energy that the mask network divides though harmonics reach there, where these explain nothing of
the moment; it falls with the square of what they explain. The greater one is for ensembles in which somebody's notes
die away or sound many at once: such notes are missed, and begin with a knock. Before gates, of 50 made duets, players
kept apart, the 41 with such a player gain 1.6 dB by it, the others 0.4; pairs of real solos likewise 2.9 and 0.2.
Bach10's duets and trios, where notes are sure, lose 0.3 and 0.2."""
DRAFT_ROUNDS = 5
"""Updates of the model by which the pitch is followed once more; fifteen gain less than 0.1 dB."""
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
    return _cut(sounds, mixture, known, window)


def harmonics(sounds: Tensor, found: Sequence[NoteFound], players: list[int]) -> Tensor:
    """Energy of everyone's harmonics in a sound, (player, bin, frame of the window LONG).

    sounds  : (channel, sample) at 44.1 kHz
    found   : the players' notes
    players : who they are, as the notes know them
    """
    magnitudes = _loudness(spectrum(sounds, LONG))
    notes = [_note(note, players.index(note.player), magnitudes.shape[1]) for note in found if note.player in players]
    return _energies(magnitudes.T.cpu().numpy(), notes, len(players)).to(sounds.device)


def by_harmonics(sounds: Tensor, energies: Tensor, known: Tensor, doubt: float) -> Tensor:
    """What players and the rest have of a sound.

    sounds   : (channel, sample) at 44.1 kHz
    energies : (player, bin, frame) of their harmonics
    known    : (player … and the rest, BINS, frame) shares by the mask network
    doubt    : how much these count where harmonics explain little, see DOUBT

    Returns (player … and the rest, channel, sample), which sum to the sound.
    """
    mixture = spectrum(sounds, LONG)
    power = _loudness(mixture).square()
    known = on_long(known, power.shape[1], HARMONIC_BINS)
    left = (1 - _explained(energies, power)).square() * power
    parts = (UNEXPLAINED * power.mean() + doubt * left) * known.square() + 1e-12
    parts[:-1] += energies
    parts[-1] += known[-1].square() * power
    parts += AROUND * _around(parts / parts.sum(dim=0) * power)
    masks = raised(parts / parts.sum(dim=0), power, size(LONG), FROM_6_KHZ)
    return _cut(sounds, mixture, masks, LONG)


def _cut(sounds: Tensor, mixture: Tensor, masks: Tensor, window: Window) -> Tensor:
    """A sound (channel, sample) and its spectra by masks (row, bin, frame); the last track is what the others leave."""
    tracks = sounds.repeat(len(masks), 1, 1)
    for number, mask in enumerate(masks[:-1]):
        for channel, whole in enumerate(mixture):  # one by one: a spectrum is many times as large as its sound
            tracks[number, channel] = sound(whole * mask, window, sounds.shape[-1])
        tracks[-1] -= tracks[number]
    return tracks


def _around(energies: Tensor) -> Tensor:
    """Mean energies (row, bin, frame) in the AROUND_BINS and AROUND_FRAMES around every place."""
    means = uniform_filter1d(energies.cpu().numpy(), AROUND_BINS, axis=1, mode="nearest")
    return torch.from_numpy(uniform_filter1d(means, AROUND_FRAMES, axis=2, mode="nearest")).to(energies.device)


def _explained(energies: Tensor, power: Tensor) -> Tensor:
    """Which part of a sound harmonics explain, (frame,), 0-1, in the AROUND_FRAMES around every moment.

    energies : (player, bin, frame)
    power    : (bin, frame)
    """
    both = torch.stack([torch.minimum(energies.sum(dim=0), power), power]).sum(dim=1)
    reached, there = torch.from_numpy(uniform_filter1d(both.cpu().numpy(), AROUND_FRAMES, mode="nearest"))
    return (reached / (there + 1e-12)).to(power.device)


def _loudness(mixture: Tensor) -> Tensor:
    """Spectra (channel, bin, frame) to magnitudes of all channels together (bin, frame), as far as harmonics go."""
    return mixture[:, :HARMONIC_BINS].abs().square().mean(dim=0).sqrt()


def _energies(magnitudes: NDArray[np.float32], notes: list[pitch.Note], players: int) -> Tensor:
    """(player, bin, frame) energy of everyone's harmonics in a sound of magnitudes (frame, bin)."""
    f0_hz, _ = pitch.follow(notes, magnitudes)
    model = harmonic.fit(magnitudes, pitch.voices(notes, f0_hz, len(magnitudes)), players, DRAFT_ROUNDS)
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
