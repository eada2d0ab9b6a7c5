"""One stretch of sound, taken apart: first by the mask network, then what has notes by their harmonics.

Everything that is not known by its harmonics (drums, voices, whatever was not asked for) is cut out on short windows by
the mask network's shares. What is left belongs to players whose notes are known; on long windows it is shared out by
the energy of each one's harmonics. Where no harmonic of anybody's reaches, the mask network's shares decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
import torchaudio
from numpy.typing import NDArray
from torch import Tensor

from milo_demo import weights
from milo_demo.analysis import ModelUsed
from milo_demo.features.constant_q import RATE_HZ
from milo_demo.features.stft import LONG, SHORT, TRACK_HZ, sound, spectrum
from milo_demo.models.masks import MaskNet
from milo_demo.models.notes import NoteNet
from milo_demo.models.owner import OwnerNet
from milo_demo.separation import harmonic, pitch
from milo_demo.separation.notes import NoteFound, find_notes, owners, pitched
from milo_demo.separation.salience import FRAMES_PER_S, Salience, salience
from milo_demo.separation.shares import on_long, raised, shares, size

BY_MASK = frozenset({"voice", "drum", "congas"})
"""Labels that the mask network knows better than the notes do."""
UNEXPLAINED = 1e-2
"""Energy, against the mean, that the mask network shares out where no harmonic reaches."""
HARMONIC_BINS = size(LONG) // 2 + 1
"""Of long spectra: those up to 11 kHz, where harmonics are followed."""
FROM_6_KHZ = slice(round(6000 * LONG.size / TRACK_HZ), HARMONIC_BINS)


@dataclass(frozen=True)
class Networks:
    """What separating needs, on one device."""

    masks: MaskNet
    notes: NoteNet
    owner: OwnerNet
    used: tuple[ModelUsed, ...] = ()


@dataclass(frozen=True)
class Stretch:
    """A stretch taken apart.

    tracks : (label … and the residual, channel, sample); their sum is the sound
    notes  : of the labels, in frames from the stretch's beginning
    """

    tracks: NDArray[np.float32]
    notes: list[NoteFound] = field(default_factory=list)


def load() -> Networks:
    """The bundled networks. Raises MiloError where a checkpoint cannot be had."""
    masks, notes, owner = (weights.load(role) for role in ("masks", "notes", "owner"))
    return Networks(masks.module, notes.module, owner.module, (masks.used, notes.used, owner.used))


@torch.inference_mode()
def take_apart(
    mixture: NDArray[np.float32],
    mono: NDArray[np.float32],
    labels: Sequence[str],
    networks: Networks,
    by_mask: frozenset[str] = BY_MASK,
    notes: list[NoteFound] | None = None,
) -> Stretch:
    """Take a stretch of sound apart.

    mixture : (channel, sample) at 44.1 kHz
    mono    : (sample,) what one hears of it
    labels  : the names asked for
    by_mask : those that are cut out by the mask network alone
    notes   : what they play, where that is known; by default what `transcribe` finds
    """
    if not labels:
        return Stretch(mixture[None])
    device = next(networks.masks.parameters()).device
    sounds, heard = torch.from_numpy(mixture).to(device), torch.from_numpy(mono).to(device)
    magnitudes = spectrum(heard, SHORT).abs()
    known = shares(magnitudes, networks.masks, labels)
    found = transcribe(mono, labels, networks) if notes is None else notes
    modelled = sorted({note.player for note in found if labels[note.player] not in by_mask})
    tracks = _by_shares(sounds, raised(known, magnitudes.square()[: known.shape[1]], size(SHORT)))
    if modelled:
        together = [*modelled, len(labels)]
        notes = [note for note in found if note.player in modelled]
        tracks[together] = _by_harmonics(tracks[together].sum(dim=0), notes, modelled, known[together])
    return Stretch(tracks.cpu().numpy(), found)


def heard_notes(mono: NDArray[np.float32], networks: Networks) -> Salience:
    """What the note network hears in a sound (sample,) at 44.1 kHz."""
    device = next(networks.masks.parameters()).device
    at_22_khz = torchaudio.functional.resample(torch.from_numpy(mono).to(device), TRACK_HZ, RATE_HZ)
    return salience(at_22_khz.cpu().numpy(), networks.notes)


def transcribe(mono: NDArray[np.float32], labels: Sequence[str], networks: Networks) -> list[NoteFound]:
    """The notes of those of the labels that play any, in a sound (sample,) at 44.1 kHz."""
    if not pitched(labels):
        return []
    sounding = heard_notes(mono, networks)
    return find_notes(sounding, owners(sounding, networks.owner, labels), labels)


def _by_shares(sounds: Tensor, known: Tensor) -> Tensor:
    """(row, channel, sample)"""
    mixture = spectrum(sounds, SHORT)
    tracks = torch.stack([sound(mixture * row, SHORT, sounds.shape[-1]) for row in known])
    tracks[-1] += sounds - tracks.sum(dim=0)  # to the last bit, at the edges too
    return tracks


def _by_harmonics(sounds: Tensor, found: list[NoteFound], players: list[int], known: Tensor) -> Tensor:
    """What these players and the rest have of a sound.

    sounds  : (channel, sample)
    players : whose notes are known
    known   : (player … and the rest, bin, frame) shares by the mask network

    Returns (player … and the rest, channel, sample).
    """
    mixture = spectrum(sounds, LONG)
    magnitudes = mixture.abs().square().mean(dim=0).sqrt()[:HARMONIC_BINS]
    frames = magnitudes.shape[1]
    notes = [_note(note, players.index(note.player), frames) for note in found]
    energies = _energies(magnitudes.T.cpu().numpy(), notes, len(players)).to(sounds.device)
    known = on_long(known, frames, HARMONIC_BINS)
    energies += UNEXPLAINED * magnitudes.square().mean() * known[:-1].square()
    rest = (known[-1] * magnitudes).square() + UNEXPLAINED * magnitudes.square().mean() * known[-1].square()
    energies = torch.cat([energies, rest[None]]) + 1e-12
    masks = raised(energies / energies.sum(dim=0), magnitudes.square(), size(LONG), FROM_6_KHZ)
    tracks = torch.stack([sound(mixture * mask, LONG, sounds.shape[-1]) for mask in masks])
    tracks[-1] += sounds - tracks.sum(dim=0)
    return tracks


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
