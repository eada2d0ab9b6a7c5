"""Many channels to the one that the ear listens to, so that nothing in them is lost.

Mono and stereo are their mean. Of ambisonics it is W, which hears all around. Loudspeaker layouts are mixed as for
stereo by ITU-R BS.775 (left and right by themselves, centre and surrounds with 0.707, the low-frequency effects left
out), and of its two sides the mean, so that a stream that goes from stereo to surround stays as loud. Channels without
a place are their mean. Where that sum is far weaker than its parts, as with one side of a stereo cable inverted, there
is no sum: the loudest channel is listened to alone, and people are told so.
"""

from collections.abc import Iterable
from dataclasses import replace

import av
import numpy as np
from numpy.typing import NDArray

from milo_demo.media.probe import Probe

ITU = float(np.sqrt(0.5))
FRONT = {"FL", "FR", "FLC", "FRC", "DL", "DR", "WL", "WR"}
"""Left and right of the front; whatever else is on a side is a surround."""
PLACED = {"FL", "FR", "FC", "LFE", "BL", "BR", "BC", "SL", "SR", "FLC", "FRC"}
"""What FFmpeg's own mixer makes stereo of; it refuses or forgets other channels, such as those overhead."""
LOWEST_HZ = 150.0
"""Rumble, and what a channel for low frequencies is for, lie below."""
CANCELS = 0.25
"""Power of the sum against that of its parts: independent parts give 1, like ones more, inverted ones 0."""
LEFT_OUT = 0.02
"""Power of the sum against that of the loudest channel with the largest weight: less, and that one is not in it."""
OFTEN = 0.2
"""In how many of the pieces with sound the sum must be too weak: a passing effect is none."""
AS_LOUD = 0.9
"""Of channels that are about as loud as the loudest, the first is taken."""
SILENT = 1e-4
"""Power against the loudest piece's: less counts as silence."""


def mixed(sound: NDArray[np.float32], layout: str, only: int | None = None) -> NDArray[np.float32]:
    """(channel, sample) -> (1, sample).

    layout : FFmpeg's name of it, such as ``stereo``, ``5.1(side)``, ``ambisonic 1`` or ``6 channels``
    only   : the one channel to take, from 0; None for all, as the layout says

    Examples
    --------
    >>> mixed(np.array([[1, 1], [1, -1]], np.float32), "stereo").tolist()
    [[1.0, 0.0]]
    """
    if only is not None and only < len(sound):
        return sound[only : only + 1]
    if layout.startswith("ambisonic"):
        return sound[:1]
    weights = _weights(layout)
    if len(weights) != len(sound) or np.ptp(weights) == 0:
        return sound.mean(axis=0, keepdims=True)
    return (weights @ sound)[None]


def stereo(layout: str, channels: int, only: int | None = None) -> str | None:
    """FFmpeg's ``pan`` filter that makes stereo of what its own mixer refuses or forgets; None for all other layouts.

    layout, only : as for `mixed`; where `only` is a channel that belongs to no side, both sides are that
    """
    if layout.startswith("ambisonic"):
        # What microphones to the left and right would hear: all directions, plus or minus the left-right axis.
        return "pan=stereo|c0=0.5*c0+0.5*c1|c1=0.5*c0-0.5*c1"
    if channels < 2 or layout == "stereo":
        return None
    names = _names(layout)
    sides = np.array([_sides(name) for name in names]).reshape(-1, 2)
    if only is not None and not sides[only : only + 1].any():
        sides = np.eye(channels)[:, [only, only]]
    elif PLACED.issuperset(names) and sides.any():
        return None
    elif not sides.any():  # no places are known: the first two may be a pair, and nothing is left out
        sides = np.vstack([np.eye(2), np.full((channels - 2, 2), 0.5)])
    terms = ("+".join(f"{gain:.4f}*c{c}" for c, gain in enumerate(side)) for side in sides.T)
    return "pan=stereo|" + "|".join(f"c{side}<{term}" for side, term in enumerate(terms))


def settle(source: Probe, pieces: Iterable[NDArray[np.float32]], rate_hz: int) -> tuple[Probe, list[str]]:
    """Decide from pieces of the sound, (channel, sample), whether its channels may be summed.

    Returns the source, its `only_channel` set where they may not, and a warning that says so.
    """
    if source.audio_channels < 2 or source.audio_layout.startswith("ambisonic"):
        return source, []
    only = loudest_if_cancelled(pieces, source.audio_layout, rate_hz)
    if only is None:
        return source, []
    if source.audio_channels == 2:
        alone = f"the {('left', 'right')[only]} side"
        warning = f"The two sides of the sound cancel each other, as if one were inverted: only {alone} is listened to."
    else:
        warning = (
            f"The sum of the {source.audio_channels} channels of sound loses what is in them: only channel {only + 1}, "
            "the loudest, is listened to."
        )
    return replace(source, only_channel=only), [warning]


def loudest_if_cancelled(pieces: Iterable[NDArray[np.float32]], layout: str, rate_hz: int) -> int | None:
    """The one channel to listen to, from 0, where the sum loses what is in them; None where it does not.

    pieces : of the sound, (channel, sample), of two channels or more
    """
    found = [_powers(piece, layout, rate_hz) for piece in pieces if piece.shape[1] > 1]
    if not found:
        return None
    summed, parts, loudest = np.array([powers[:3] for powers in found]).T
    sounds = parts + loudest > SILENT * max((parts + loudest).max(), 1e-8)
    weak = (summed < CANCELS * parts) | (summed < LEFT_OUT * loudest)
    if not sounds.any() or np.mean(weak[sounds]) < OFTEN:
        return None
    channels = np.sum([channels for *_, channels in found], axis=0)
    return int(np.flatnonzero(channels > AS_LOUD * channels.max())[0])


def _powers(piece: NDArray[np.float32], layout: str, rate_hz: int) -> tuple[float, float, float, NDArray[np.float64]]:
    """Of the sum, of its parts as if they were independent, of the loudest channel with the largest weight, and of each
    channel (channel,), above LOWEST_HZ."""
    spectrum = np.fft.rfft(piece, axis=1)[:, int(LOWEST_HZ * piece.shape[1] / rate_hz) :]
    channels = np.square(np.abs(spectrum)).mean(axis=1) / piece.shape[1]
    weights = _weights(layout)
    if len(weights) != len(piece):
        weights = np.full(len(piece), 1 / len(piece))
    summed = np.square(np.abs(weights @ spectrum)).mean() / piece.shape[1]
    return summed, channels @ weights**2, channels.max() * weights.max() ** 2, channels


def _weights(layout: str) -> NDArray[np.float32]:
    """How much of each channel is in the one that is listened to: the mean of the two sides. (channel,)"""
    sides = np.array([_sides(name) for name in _names(layout)]).reshape(-1, 2)
    if not sides.any() or len(sides) == 1:
        return np.full(len(sides), 1 / max(1, len(sides)), np.float32)
    return sides.mean(axis=1).astype(np.float32)


def _names(layout: str) -> list[str]:
    """The places of a layout's channels, such as FL; of none that FFmpeg does not know by name."""
    try:
        _, _, custom = layout.partition("channels (")
        return [channel.name for channel in av.AudioLayout(custom.removesuffix(")") or layout).channels]
    except ValueError:
        return []


def _sides(name: str) -> tuple[float, float]:
    """How much of a loudspeaker's channel goes to the left and to the right."""
    if name.startswith("LFE"):
        return 0.0, 0.0
    if name == "FC":
        return ITU, ITU
    gain = 1.0 if name in FRONT else ITU
    if name.removesuffix("C").endswith("L"):
        return gain, 0.0
    if name.removesuffix("C").endswith("R"):
        return 0.0, gain
    return (gain * ITU, gain * ITU) if name.endswith("C") else (0.0, 0.0)
