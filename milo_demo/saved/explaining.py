"""Pictures of how a result came about, for those who want to understand it: what the ear gets, and whose sound is what.

What the senses then say of it is in the result already.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError

NAME = "player-spectrogram.bin"
BANDS = 64
"""Half as many as the sound model reads: as many as a picture shows."""
LOUDEST = 12.0
"""log(1 + 10,000 mel) that is drawn brightest: 3 % of the places in loud music have more."""
WINDOW = 2048
"""Samples: the middle one of the three that the sound model reads."""
CHUNK_STEPS = 64


@dataclass(frozen=True)
class Spectrogram:
    """The log-mel spectrogram of a clip's sound, and each track's share of every place in it.

    path   : of a file in the result's folder: uint8 (frame, layer, band), 0-255, in C order; the first layer is the
             spectrogram, the others are the tracks' shares in the order of the record; bands from low to high
    labels : of the tracks
    """

    path: Path
    frames: int
    frames_per_s: float
    bands: int
    labels: tuple[str, ...]


def spectrogram(folder: Path) -> Spectrogram | None:
    """Make the pictures of the result in `folder`; None where it has no sound.

    Raises MiloError where there is no result, or the disk has no room.
    """
    from milo_demo.features.log_mel import HOP, RATE_HZ

    analysis = Analysis.load(folder)
    if not analysis.media.has_audio:
        return None
    labels, path, frames = tuple(track.label for track in analysis.tracks), folder / NAME, 0
    part = folder / f".{NAME}.part"
    sources = [folder / "video.mp4", *(folder / track.path for track in analysis.tracks)]
    try:
        with open(part, "wb") as file:
            for layers in _layers(sources, analysis.media.duration_s):
                file.write(layers.tobytes())
                frames += len(layers)
        part.replace(path)
    except OSError as error:
        raise MiloError("The spectrogram cannot be written: make room on the disk.") from error
    finally:
        part.unlink(missing_ok=True)
    return Spectrogram(path, frames, RATE_HZ / HOP, BANDS, labels)


def _layers(sources: list[Path], duration_s: float) -> Iterator[NDArray[np.uint8]]:
    """Chunks of (frame, layer, band): of the clip, then of its tracks."""
    from milo_demo.features.log_mel import COMPRESSION, RATE_HZ, STEP
    from milo_demo.media import decode
    from milo_demo.media.probe import probe

    chunk_s = CHUNK_STEPS * STEP / RATE_HZ
    streams = [decode.audio(probe(source), RATE_HZ, 0.0, duration_s, chunk_s=chunk_s) for source in sources]
    for whole, *tracks in zip(*map(_powers, streams), strict=True):
        layers = [np.log1p(COMPRESSION * whole) / LOUDEST]
        if tracks:
            layers += list(np.array(tracks) / np.maximum(np.sum(tracks, axis=0), 1e-12))
        yield (255 * np.stack(layers, axis=1).clip(0, 1)).round().astype(np.uint8)


def _powers(sound: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Mel power (frame, band) of mono sound that comes in chunks (1, sample), of whole steps but for the last. Each is
    looked at with a step of sound on either side, so that no seam shows."""
    import torch

    from milo_demo.features.log_mel import COMPRESSION, FRAMES_PER_STEP, STEP, log_mel

    before = silence = np.zeros((1, STEP), np.float32)
    for chunk, after in pairwise(chain(sound, [silence])):
        around = torch.from_numpy(np.concatenate([before, chunk, after[:, :STEP]], axis=1))
        own = slice(FRAMES_PER_STEP, FRAMES_PER_STEP * (1 - (-chunk.shape[1] // STEP)))
        mel = torch.expm1(log_mel(around, (WINDOW,))[0, 0, :, own]) / COMPRESSION
        yield mel.reshape(BANDS, -1, mel.shape[-1]).mean(dim=1).T.numpy()
        before = chunk[:, -STEP:]
