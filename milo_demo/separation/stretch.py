"""One stretch of sound, taken apart both ways, and of each player the track that promises more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import torch
import torchaudio
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.features.constant_q import RATE_HZ
from milo_demo.features.stft import LONG, SHORT, TRACK_HZ, Window, spectrum
from milo_demo.grid import STEPS_PER_S
from milo_demo.models.quality import FEATURES
from milo_demo.separation.gate import Heard, gains
from milo_demo.separation.networks import Networks
from milo_demo.separation.notes.owners import CHORDAL, PLUCKED, NoteFound, find_notes, owners, pitched
from milo_demo.separation.notes.salience import Salience, salience
from milo_demo.separation.notes.timbre import by_timbre
from milo_demo.separation.quality import Expected, expected, features
from milo_demo.separation.shares import raised, size, with_rest
from milo_demo.separation.ways import DOUBT, DYING_DOUBT, by_harmonics, by_shares, harmonics

Sound = NDArray[np.float32]
COMPANY, LEAST_REST = 0.14, 1e-6
"""Share of somebody else's notes from which the mask network's word for the rest is taken; with fewer hardly, and soon
not at all: it was taught with company, and leaves part of a solo to others who are not there. In solos the share is
mostly 3 to 9 %, in songs and bands 14 to 29 %."""
SOON = 12
"""Power of that share's part of COMPANY by which the rest is held down."""
REST_PER_NOTE = 1.5
"""Energy that the rest has at least, where there is COMPANY, for every share of somebody else's notes. Before a band,
several of whom are asked for, the mask network hardly believes in others: of made pop 1 % where a quarter is theirs. Of
36 bands of players kept apart, asked for drums and bass, these gain 1.2 and 0.8 dB by it, the rest 3.1; with 2 pop's
voices lose 0.7, with 3 all lose."""
STRANGER = 0.4
"""Score of the ear for somebody else in any step of a stretch from which on the rest is left to networks and notes.
With less, one who is asked for is alone, whatever these say: a drum kit's resonances count as somebody's notes, and of
real ukuleles the mask network knows few. In songs somebody is heard, but before a loud singer not always, so that
voices are left out; beside several the ear may miss one more: made pop's rest would lose 3 dB. Where one of two real
players is asked for and the other, 8 dB softer, is not heard, the track gains 0.8 dB (10 of 44), that of drums before
such a band 3.1 (3 of 10)."""
FEW_NOTES = 0.3
"""Notes at a time, in the mean, with fewer of which nobody but drums plays."""
BY_MASK = frozenset({"voice"})
"""Players of notes whom the mask network knows better in a band …"""
ALL_ASKED, SURE = 0.1, 0.82
"""… which is there from this share of somebody else's notes on; where all who play were asked for it is 1 to 9 %, and
singers are better cut out by notes: of 36 made duets of one and a melody, players kept apart, 32, by 7 dB in the mean.
Beside chords, of which many notes are missed, only those whose own notes score so much: 2 dB, where the others would
lose 3."""
MARGIN_DB = 5.0
"""How much more the other way has to promise: what is expected was fitted to made mixtures, in which real ensembles are
not; on those, choosing without a margin once cost quartets 12 dB."""
Way = Literal["best", "masks", "notes"]
"""How tracks are cut out: each as it promises more, or all by the mask network, or all that have notes by these."""


@dataclass(frozen=True)
class Stretch:
    """A stretch taken apart.

    tracks   : (label … and the residual, channel, sample); their sum is the sound
    notes    : of the labels, in frames from the stretch's beginning
    expected : SI-SDR that every label's track is expected to have, dB
    """

    tracks: Sound
    notes: list[NoteFound] = field(default_factory=list)
    expected: list[float] = field(default_factory=list)


class BothWays(NamedTuple):
    """A stretch cut both ways.

    known    : (label … and the rest, BINS, frame) the mask network's shares
    by_mask  : (label … and the rest, channel, sample)
    by_notes : the same; of who has no notes, the track by mask
    notes    : of the labels
    energies : (player who has notes, bin, frame) of the harmonics
    others   : share of the notes that are somebody else's, see Transcript
    doubt    : see `doubted`
    """

    known: Tensor
    by_mask: Sound
    by_notes: Sound
    notes: list[NoteFound]
    energies: Tensor
    others: float
    doubt: float

    @property
    def noted(self) -> list[int]:
        """The players who have notes."""
        return sorted({note.player for note in self.notes})


@torch.inference_mode()
def both_ways(
    mixture: Sound,
    mono: Sound,
    labels: Sequence[str],
    networks: Networks,
    notes: list[NoteFound] | None = None,
    alone: bool = False,
) -> BothWays:
    """Cut a stretch both ways; see `take_apart`.

    alone : the one who was asked for is the only one there: nothing is left to the rest
    """
    sounds = torch.from_numpy(mixture).to(networks.device)
    magnitudes = spectrum(torch.from_numpy(mono).to(networks.device), SHORT).abs()
    found = transcribe(mono, labels, networks)
    known = networks.masks.shares(magnitudes, labels)
    energies = magnitudes.square()[: known.shape[1]]
    others = 0.0 if alone else found.others
    if alone:
        known[:] = torch.tensor([1.0, 0.0], device=known.device)[:, None, None]
    else:
        known = in_company(known, energies, labels, others)
    by_mask = by_shares(sounds, raised(known, energies, size(SHORT))).cpu().numpy()
    doubt = doubted(labels, others)
    both = BothWays(known, by_mask, by_mask, found.notes if notes is None else notes, known[:0], others, doubt)
    both = both._replace(energies=_harmonics(both, both.noted))
    return both._replace(by_notes=_with_notes(both, both.noted, both.energies))


def in_company(known: Tensor, energies: Tensor, labels: Sequence[str], others: float) -> Tensor:
    """The mask network's shares (label … and the rest, bin, frame), the rest's in keeping with somebody else's notes.

    energies : (bin, frame)
    others   : share of the notes that are somebody else's
    """
    company = min(1.0, others / COMPANY) ** SOON
    known = torch.cat([known[:-1], known[-1:] * max(LEAST_REST, company)])
    # Of drums alone all notes are somebody else's; beside one who has notes, paused or not, hardly more than a quarter.
    least = REST_PER_NOTE * others * company if pitched(labels) else 0.0
    return with_rest(known / known.sum(dim=0), energies, least)


def doubted(labels: Sequence[str], others: float) -> float:
    """How much harmonics are doubted where they explain little, see `ways.DOUBT`: not before a band that was not asked
    for, whose that is. Of 36 bands of players kept apart, asked for drums and bass, the rest would lose 1.3 dB, where
    the bass gains 0.5.

    others : share of the notes that are somebody else's
    """
    if others >= ALL_ASKED:
        return 0.0
    return DOUBT if (CHORDAL | PLUCKED).isdisjoint(labels) else DYING_DOUBT


def take_apart(
    mixture: Sound,
    mono: Sound,
    labels: Sequence[str],
    networks: Networks,
    way: Way = "best",
    notes: list[NoteFound] | None = None,
    heard: Heard | None = None,
) -> Stretch:
    """Take a stretch of sound apart.

    mixture : (channel, sample) at 44.1 kHz
    mono    : (sample,) what one hears of it
    labels  : the names asked for
    way     : see Way
    notes   : what they play, where that is known; by default what `transcribe` finds
    heard   : by the ear, from here on; by default it is not asked
    """
    if not labels:
        return Stretch(mixture[None])
    both = both_ways(mixture, mono, labels, networks, notes, _alone(labels, heard, len(mono)))
    rows = features(both.by_mask[:-1], both.by_notes[:-1], mixture, both.notes, labels)
    promised = expected(rows, networks.quality)
    better = better_by_notes(labels, both, promised, rows[:, FEATURES.index("sure")])
    players = {"best": better, "masks": [], "notes": both.noted}[way]
    energies, tracks = both.energies, both.by_notes
    if players != both.noted:
        energies = _harmonics(both, players)
        tracks = _with_notes(both, players, energies)
    # Of chords too many notes are missed to be silent between them.
    opened = gains(tracks, both.notes, [player for player in players if labels[player] not in CHORDAL], heard)
    if opened.min() < 1:
        tracks = _silenced(both, mixture, mono, players, energies, opened)
    reached = [one.by_notes if player in players else one.by_mask for player, one in enumerate(promised)]
    return Stretch(tracks, both.notes, reached)


def _alone(labels: Sequence[str], heard: Heard | None, samples: int) -> bool:
    """Whether the ear hears nobody but the one who was asked for in a stretch of so many samples."""
    if heard is None or len(labels) > 1 or labels[0] in BY_MASK:
        return False
    steps = int(np.ceil(samples / TRACK_HZ * STEPS_PER_S + heard.begun))
    return bool(heard.strangers[:steps].max(initial=0) < STRANGER)


def better_by_notes(
    labels: Sequence[str], both: BothWays, promised: Sequence[Expected], sure: NDArray[np.floating]
) -> list[int]:
    """The players who are to be cut out by their notes.

    sure : (label,) mean score of each one's notes, 0-1
    """
    alone, band, chords = len(labels) == 1, both.others >= ALL_ASKED, not CHORDAL.isdisjoint(labels)
    better = []
    for player in both.noted:
        masked = labels[player] in BY_MASK and (alone or band or (chords and sure[player] < SURE))
        if promised[player].by_mask - promised[player].by_notes < (-MARGIN_DB if masked else MARGIN_DB):
            better.append(player)
    return better


@torch.inference_mode()
def _silenced(
    both: BothWays, mixture: Sound, mono: Sound, players: list[int], energies: Tensor, opened: Sound
) -> Sound:
    """The tracks cut anew, each silent where its gate is closed: what it had there goes to whoever else has a share.

    energies : (player, bin, frame) of the harmonics of those cut out by them
    opened   : (label, sample) 0-1
    """
    device = both.known.device
    gates = torch.from_numpy(np.concatenate([opened, np.ones_like(opened[:1])])).to(device)
    known = both.known * _by_frame(gates, SHORT, both.known.shape[2])[:, None]
    known = known / (known.sum(dim=0) + 1e-9)
    magnitudes = spectrum(torch.from_numpy(mono).to(device), SHORT).abs()
    by_mask = by_shares(
        torch.from_numpy(mixture).to(device), raised(known, magnitudes.square()[: known.shape[1]], size(SHORT))
    )
    again = both._replace(known=known, by_mask=by_mask.cpu().numpy())
    if players:
        energies = energies * _by_frame(gates[players], LONG, energies.shape[2])[:, None].square()
    tracks = _with_notes(again, players, energies)
    tracks[:-1] *= opened[:, None]
    tracks[-1] = mixture - tracks[:-1].sum(axis=0)
    return tracks


@torch.inference_mode()
def _with_notes(both: BothWays, players: list[int], energies: Tensor) -> Sound:
    """The tracks by mask, but those of some players, and with them the rest, by the energies of their harmonics."""
    if not players:
        return both.by_mask
    tracks, together = both.by_mask.copy(), [*players, len(both.by_mask) - 1]
    tracks[together] = by_harmonics(_of(both, players), energies, both.known[together], both.doubt).cpu().numpy()
    return tracks


@torch.inference_mode()
def _harmonics(both: BothWays, players: list[int]) -> Tensor:
    """(player, bin, frame) energy of these players' harmonics."""
    return harmonics(_of(both, players), both.notes, players) if players else both.known[:0]


def _of(both: BothWays, players: list[int]) -> Tensor:
    """What some players and the rest have by mask together, (channel, sample)."""
    together = [*players, len(both.by_mask) - 1]
    return torch.from_numpy(both.by_mask[together].sum(axis=0)).to(both.known.device)


def _by_frame(gates: Tensor, window: Window, frames: int) -> Tensor:
    """(row, sample) -> (row, frame) of so many frames of a window's spectra"""
    middles = torch.arange(frames, device=gates.device) * window.hop
    return gates[:, middles.clamp(max=gates.shape[1] - 1)]


def heard_notes(mono: Sound, networks: Networks) -> Salience:
    """What the note network hears in a sound (sample,) at 44.1 kHz."""
    sounds = torch.from_numpy(mono).to(networks.device)
    return salience(torchaudio.functional.resample(sounds, TRACK_HZ, RATE_HZ).cpu().numpy(), networks.notes)


class Transcript(NamedTuple):
    """What is played in a stretch.

    notes  : of the labels asked for
    others : share of the notes that are somebody else's, 0-1; 0 where there are hardly any
    """

    notes: list[NoteFound]
    others: float


def transcribe(mono: Sound, labels: Sequence[str], networks: Networks) -> Transcript:
    """Who plays which note in a sound (sample,) at 44.1 kHz."""
    sounding = heard_notes(mono, networks)
    chances = by_timbre(sounding, owners(sounding, networks.owner, labels))
    notes = find_notes(sounding, chances, labels) if pitched(labels) else []
    own, others = (float(part.sum() / max(1, part.shape[-1])) for part in (chances[:-2], chances[-2]))
    return Transcript(notes, others / (own + others) if own + others > FEW_NOTES else 0.0)
