"""Frames at any rate and size, sound at any rate, streamed: 20 minutes need no more memory than one.

Both are on the clip's clock (see `probe` and `normalise`): frames come from the normalised copy, where the heavy source
has been decoded once and for all; sound comes from the source with its own rate and channels.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast, overload

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.media.downmix import mixed
from milo_demo.media.probe import Probe, open_media, origin_s, probe, shown_name
from milo_demo.media.resampling import pulled, resampler
from milo_demo.media.tracks import video_streams

ROUNDING_S = 1e-3
"""Containers round their time stamps to milliseconds at worst."""

PREROLL_S = 0.5
"""Decoding begins this much before the start, because a sound decoder needs a few packets to settle."""

PIECES, PIECE_S = 24, 1.25
"""What one has to hear of a sound, however long, to know what its channels are."""

SILENCE = 65_536
"""Samples of silence given at a time."""


class Picture:
    """A decoded frame that is brought to a size when somebody asks for it, its longer side by area averaging, which
    does not alias; so several can look at one decoding, each at what they need. Do not write into what it gives."""

    def __init__(self, frame: av.VideoFrame, scalers: dict[tuple[str, int | None], VideoReformatter]) -> None:
        """scalers : shared by the frames of one video, since to prepare one takes longer than to use it"""
        self._frame, self._scalers = frame, scalers
        self._made: dict[tuple[str, int | None], NDArray[np.uint8]] = {}

    def rgb(self, side_px: int | None = None) -> NDArray[np.uint8]:
        """(height, width, 3); side_px is the longer side, None keeps the video's size."""
        return self._as("rgb24", side_px)

    def grey(self, side_px: int | None = None) -> NDArray[np.uint8]:
        """(height, width): how light it is."""
        return self._as("gray", side_px)

    def _as(self, kind: str, side_px: int | None) -> NDArray[np.uint8]:
        key = kind, side_px
        if key not in self._made:
            scale = 1.0 if side_px is None else side_px / max(self._frame.width, self._frame.height)
            width, height = (max(1, round(side * scale)) for side in (self._frame.width, self._frame.height))
            scaler = self._scalers.setdefault(key, VideoReformatter())
            small = scaler.reformat(self._frame, width, height, kind, interpolation=Interpolation.AREA)
            # PyAV leaves gaps between the rows where their length is odd to it, which OpenCV refuses.
            self._made[key] = np.ascontiguousarray(cast(NDArray[np.uint8], small.to_ndarray()))
        return self._made[key]


def pictures(
    path: Path, rate_hz: float, start_s: float = 0.0, duration_s: float | None = None
) -> Iterator[tuple[float, Picture]]:
    """Pictures of a normalised copy at a steady rate.

    rate_hz             : pictures per second, below or above the video's own
    start_s, duration_s : the part to show; a duration of None takes all that is left

    Yields (time_s, picture): picture k is the one on screen at start_s + k / rate_hz, and time_s counts from start_s.
    ceil(duration_s × rate_hz) pictures in all; behind the end the last one is held. Neighbours may be one object.

    Raises MiloError if there is no picture.

    See also `frames`, where all are wanted at one size.
    """
    with open_media(path) as container:
        streams = video_streams(container)
        if not streams:
            raise MiloError(f"{shown_name(path)} has no picture.")
        if duration_s is None:
            duration_s = (container.duration or 0) / av.time_base - start_s
        count = math.ceil(duration_s * rate_hz - 1e-6)
        k, scalers = 0, {}
        for frame, end_s in _with_ends(container, streams[0], start_s):
            picture = Picture(frame, scalers)
            while k < count and k / rate_hz < end_s - ROUNDING_S:
                yield k / rate_hz, picture
                k += 1
            if k == count:
                return
        raise MiloError(f"{shown_name(path)} has no picture that can be read.")


def frames(
    path: Path,
    rate_hz: float,
    side_px: int | None = None,
    start_s: float = 0.0,
    duration_s: float | None = None,
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """`pictures` in colour and at one size, RGB (height, width, 3); `side_px` is the longer side.

    Examples
    --------
    >>> time_s, frame = next(frames(Path("assets/examples/drawn_duet.mp4"), rate_hz=2, side_px=64))
    >>> time_s, frame.shape
    (0.0, (36, 64, 3))
    """
    for time_s, picture in pictures(path, rate_hz, start_s, duration_s):
        yield time_s, picture.rgb(side_px)


def audio(
    source: Path | Probe,
    rate_hz: int,
    start_s: float = 0.0,
    duration_s: float | None = None,
    mono: bool = True,
    chunk_s: float = 10.0,
) -> Iterator[NDArray[np.float32]]:
    """Sound of a source file, resampled (band-limited) and put on the clip's clock.

    source              : what `probe` found, whose choice of track and channels is followed; or a path, to be probed
    rate_hz             : samples per second to deliver
    start_s, duration_s : the part of the source; with a duration, exactly round(duration_s × rate_hz) samples come,
                          silence filling what is missing; with None, all that is left
    mono                : mix the channels to one (see `downmix`); else keep them as stored (stereo, four-channel, …),
                          as many as at the file's beginning
    chunk_s             : seconds in each array; only the last may be shorter

    Yields (channel, sample), full scale at ±1. Where sound starts late or has gaps there is silence.

    Raises MiloError if there is no sound.

    Examples
    --------
    >>> next(audio(Path("assets/examples/drawn_duet.mp4"), 16_000, start_s=2, duration_s=1)).shape
    (1, 16000)

    See also `pieces`, to get an idea of the whole.
    """
    found = source if isinstance(source, Probe) else probe(source)
    if found.audio_index is None:
        raise MiloError(f"{found.name} has no sound.")
    with open_media(found.path) as container:
        stream = cast(av.AudioStream, container.streams[found.audio_index])
        end_s = math.inf if duration_s is None else start_s + duration_s
        parts = _on_the_clock(container, stream, rate_hz, start_s, end_s, partial(_brought_to, found, mono))
        if duration_s is not None:
            parts = _exactly(parts, round(duration_s * rate_hz), 1 if mono else found.audio_channels)
        yield from _in_chunks(parts, max(1, round(chunk_s * rate_hz)))


def pieces(source: Probe, rate_hz: int, start_s: float, duration_s: float) -> Iterator[NDArray[np.float32]]:
    """What there is to hear in a part of a source, all channels: the whole if it is short, else PIECES of PIECE_S each,
    spread over all of it. Yields (channel, sample)."""
    if duration_s <= PIECES * PIECE_S:
        yield from audio(source, rate_hz, start_s, duration_s, mono=False, chunk_s=PIECE_S)
        return
    for k in range(PIECES):
        at_s = start_s + k * (duration_s - PIECE_S) / (PIECES - 1)
        yield from audio(source, rate_hz, at_s, PIECE_S, mono=False)


def _with_ends(
    container: InputContainer, stream: av.VideoStream, start_s: float
) -> Iterator[tuple[av.VideoFrame, float]]:
    """Every frame from before start_s on, and when the next one takes its place (never, for the last)."""
    stream.thread_type = "AUTO"
    origin = origin_s(container) + start_s
    _seek(container, origin)
    shown = None
    for frame in _decoded(container, stream):
        if frame.time is None:
            continue
        if shown is not None:
            yield shown, frame.time - origin
        shown = frame
    if shown is not None:
        yield shown, math.inf


def _on_the_clock(
    container: InputContainer,
    stream: av.AudioStream,
    rate_hz: int,
    start_s: float,
    end_s: float,
    bring: Callable[[NDArray[np.float32], str], NDArray[np.float32]],
) -> Iterator[NDArray[np.float32]]:
    """Resampled sound between two times, (channel, sample) in small parts without gaps.

    bring : makes of the sound and its layout's name the channels that are wanted
    """
    origin = origin_s(container)
    _seek(container, origin + start_s - PREROLL_S)
    graph = kind = None
    layout, done = "", 0
    for frame in _decoded(container, stream):
        if frame.pts is not None and frame.time_base is not None:
            if frame.pts * frame.time_base - origin >= end_s:
                break
            frame.pts -= round((origin + start_s) / frame.time_base)
        if kind != (kind := (frame.format.name, frame.layout.name, frame.sample_rate)):
            # The first frame, or a stream that changes its kind on the way.
            for samples in pulled(graph, None):
                done += samples.shape[1]
                yield bring(samples, layout)
            graph, layout = resampler(frame, rate_hz, first_sample=done), frame.layout.name
        for samples in pulled(graph, frame):
            done += samples.shape[1]
            yield bring(samples, layout)
    for samples in pulled(graph, None):
        yield bring(samples, layout)


def _brought_to(source: Probe, mono: bool, sound: NDArray[np.float32], layout: str) -> NDArray[np.float32]:
    """What is asked for of the channels (channel, sample) of a stream, which may have become others on the way."""
    same = len(sound) == source.audio_channels
    if mono:
        return mixed(sound, *((source.audio_layout, source.only_channel) if same else (layout, None)))
    if same:
        return sound
    lacking = max(0, source.audio_channels - len(sound))
    return np.pad(sound[: source.audio_channels], ((0, lacking), (0, 0)))


def _exactly(parts: Iterable[NDArray[np.float32]], total: int, channels: int) -> Iterator[NDArray[np.float32]]:
    """The first `total` samples of the parts, silence where they end early."""
    left = total
    for part in parts:
        yield part[:, :left]
        left -= part.shape[1]
        if left <= 0:
            return
    while left > 0:
        yield np.zeros((channels, min(left, SILENCE)), np.float32)
        left -= SILENCE


def _in_chunks(parts: Iterable[NDArray[np.float32]], size: int) -> Iterator[NDArray[np.float32]]:
    """The same samples in arrays of `size`, the last one shorter."""
    held: list[NDArray[np.float32]] = []
    count = 0
    for part in parts:
        held.append(part)
        count += part.shape[1]
        while count >= size:
            joined = np.concatenate(held, axis=1)
            yield joined[:, :size]
            held, count = [joined[:, size:]], count - size
    if count:
        yield np.concatenate(held, axis=1)


@overload
def _decoded(container: InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]: ...
@overload
def _decoded(container: InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]: ...
def _decoded(container: InputContainer, stream: av.VideoStream | av.AudioStream) -> Iterator[Any]:
    """What can be decoded, to the end or to where the file breaks off; damaged packets are left out."""
    try:
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except InvalidDataError:
                continue
    except FFmpegError:
        return


def _seek(container: InputContainer, time_s: float) -> None:
    """To the last key frame at or before a time of the container's own clock, where the format can."""
    if time_s > origin_s(container):
        with suppress(FFmpegError):  # else it is read from its beginning, and what is early is dropped
            container.seek(int(time_s * av.time_base))
