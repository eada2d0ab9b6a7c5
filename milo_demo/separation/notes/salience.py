"""Which pitches sound in a clip, whatever plays them: the note network over a sound of any length."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.features.constant_q import HOP, RATE_HZ
from milo_demo.models.notes import WINDOW, NoteNet

FRAMES_PER_S = RATE_HZ / HOP
"""86.13"""
LOWEST_PITCH = 21
"""MIDI pitch of row 0."""

WINDOW_FRAMES = WINDOW // HOP + 1
MARGIN = 15
"""Frames at either end of a window that its neighbour knows better, the original's."""
KEPT = WINDOW_FRAMES - 2 * MARGIN
BATCH = 8
"""Windows that are computed together; more is not faster on a CPU."""


class Salience(NamedTuple):
    """What sounds where. Frame k is centred on second k / 86.13, sample 256 k at 22,050 Hz.

    note    : (pitch, frame), 0-1: how sure the network is that one of 88 pitches from MIDI 21 sounds. It passes 0.5 one
              to two frames before a note's true start, and falls below it two after the end
    onset   : (pitch, frame), 0-1: that it begins there; its peak lies on the true start, within half a frame
    contour : (third of a semitone, frame), 0-1: the same as `note`, finer; row c is MIDI pitch 21 + (c - 1) / 3
    cqt     : (bin, frame), constant-Q magnitudes of the sound, 36 bins per octave from 27.5 Hz, see `ConstantQ`

    All float32: 16 MB per minute.
    """

    note: NDArray[np.float32]
    onset: NDArray[np.float32]
    contour: NDArray[np.float32]
    cqt: NDArray[np.float32]


@torch.inference_mode()
def salience(sound: NDArray[np.float32], network: NoteNet) -> Salience:
    """Salience of a whole clip, one frame per 256 samples and one more.

    sound   : (sample,) at 22,050 Hz; an empty one is as one frame of silence
    network : of the role ``notes``, on the device that is to compute

    Takes 0.03 × the sound's duration on one core. The original cuts the sound into windows of 2 s, whose hops are not
    whole frames, and transforms each by itself: its frames drift against the clock by half a second in a hundred. Here
    the transform goes through the whole sound and its frames are cut into windows, because the network measures
    loudness within 2 s; on the Bach10 duets, trios and quartets both hear the same notes (F1 differs by 0.0005).
    """
    where = network.gain.device
    frames = len(sound) // HOP + 1
    samples = torch.from_numpy(np.pad(sound, (0, max(0, HOP - len(sound)))).astype(np.float32))
    cqt = network.cqt(samples[None].to(where))[0, :, :frames]
    scores = [_read(network, windows) for windows in _windows(cqt).split(BATCH)]
    note, onset, contour = (torch.cat(parts, dim=1)[:, :frames] for parts in zip(*scores, strict=True))
    return Salience(*(part.cpu().numpy() for part in (note, onset, contour, cqt)))


def _windows(cqt: Tensor) -> Tensor:
    """(bin, frame) -> (window, bin, frame): each `KEPT` frames on, with silence around the clip."""
    frames = cqt.shape[1]
    count = -(-frames // KEPT)
    padded = torch.nn.functional.pad(cqt, (MARGIN, count * KEPT + MARGIN - frames))
    return padded.unfold(1, WINDOW_FRAMES, KEPT).transpose(0, 1)


def _read(network: NoteNet, windows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Note, onset and contour of windows that follow one another, without their margins: (row, frame) each."""
    scores = network.read(windows)
    note, onset, contour = (
        part[:, :, MARGIN:-MARGIN].transpose(0, 1).flatten(1) for part in (scores.note, scores.onset, scores.contour)
    )
    return note, onset, contour
