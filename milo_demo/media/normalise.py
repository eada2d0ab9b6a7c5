"""One copy of every clip, made once, for looking and playing.

Whatever comes in leaves as an MP4 that any browser plays and scrubs: upright, H.264 in at most 1280×720 (or 720×1280;
360°: 3840×1920) square pixels with even sides, constant 25 fps with its first frame at 0 s, AAC stereo at 44.1 kHz,
index in front.
Sound for the models is not taken from it but decoded from the source (`decode.audio`), on the same clock.
"""

import math
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import av
import imageio_ffmpeg
from av.container import InputContainer
from av.error import FFmpegError

from milo_demo.errors import MiloError
from milo_demo.machine import children
from milo_demo.media import colour, downmix, stereo3d
from milo_demo.media.glances import glances
from milo_demo.media.probe import INPUT_OPTIONS, LOOKED_AT, Probe, open_media, origin_s

FPS = 25
LARGEST_PX = {"flat": (1280, 720), "equirectangular": (3840, 1920)}
"""Long and short side of the copy. Of a 360° frame a player shows a quarter at a time, which should be as sharp."""
RATE_LIMIT = ["-maxrate", "30M", "-bufsize", "60M"]
"""Grainy 360° video would take ten times as much: more than networks bear, and 20 minutes of it tens of gigabytes."""
AUDIO_RATE_HZ = 44_100
BITS_PER_PIXEL = 0.1
"""What most pictures take; grainy ones take more."""

LONGEST_S = 20 * 60.0
"""At most this much is analysed: maps of 20 minutes are as much as a browser holds in memory beside the video."""

BEHIND_S = 1.0
"""How much more than what is taken FFmpeg is given, so that the end is whole."""
EARLIER_S = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
"""So much before the start a file is entered, in turn, until a key frame is met on the way. Most encoders set one every
ten seconds or sooner."""
ALIKE = 0.03
"""Shapes (log of width by height) that differ by less are one, rounded to whole pixels."""
LEAST_FIELDS_PX = 4
"""FFmpeg refuses to look for fields in fewer columns or lines."""
NO_MEMORY = ("Cannot allocate memory", "malloc of size")
"""What FFmpeg says when it has used up what it may have."""
NO_NUMBER = "NaN"
"""What its sound encoder says of floating-point sound that was never finite."""

TICK_S = 0.2
"""Progress is given at least this often, also while FFmpeg is silent, so that cancelling acts at once."""


def span(source: Probe, start_s: float = 0.0, duration_s: float | None = None) -> tuple[float, list[str]]:
    """How much of the source is taken: its length in seconds, and warnings for people where that is not all they asked.

    A `duration_s` of None asks for all that is left. Raises MiloError if the start lies behind the end.
    """
    left_s = source.duration_s - start_s
    if left_s <= 0 and start_s > 0:
        raise MiloError(f"{source.name} lasts {source.duration_s:.1f} s: start before {start_s:g} s.")
    asked_s = left_s if duration_s is None else min(duration_s, left_s)
    if asked_s > LONGEST_S:
        minutes = f"{LONGEST_S / 60:.0f} minutes"
        return LONGEST_S, [f"{source.name} is longer than {minutes}: only {minutes} from {start_s:g} s are analysed."]
    return asked_s, []


def normalise(
    source: Probe, out: Path, start_s: float = 0.0, duration_s: float | None = None
) -> Generator[float, None, None]:
    """Write the normalised copy of `span(source, start_s, duration_s)` to `out`; yield the fraction done, 0-1.

    `out` appears complete or not at all: closing the generator kills FFmpeg and removes what was begun. Takes about a
    fifteenth of the clip's length for 640×360 on two cores, up to its length for 4K.

    Raises MiloError if the start lies behind the end, or if the file cannot be converted.

    Examples
    --------
    >>> for fraction in normalise(probe("duet.mov"), Path("video.mp4"), duration_s=20):  # doctest: +SKIP
    ...     print(f"{fraction:.0%}")

    See also `decode.frames`, which reads the copy.
    """
    taken_s, _ = span(source, start_s, duration_s)
    part = out.with_name(f".{out.name}.part")
    yield 0.0
    process = children.start(_command(source, part, start_s, taken_s))
    said: deque[str] = deque(maxlen=20)
    try:
        done_s = 0.0
        for line in _lines(process):
            key, _, value = line.partition("=")
            if key == "out_time_us" and value.lstrip("-").isdigit():
                done_s = int(value) / 1e6
            elif " " in key:  # not progress: FFmpeg complains
                said.append(line)
            if not line or key == "progress":
                yield min(max(done_s / taken_s, 0.0), 1.0) if taken_s > 0 else 0.0
        if process.wait() != 0 and any("No space left" in line for line in said):
            raise MiloError(f"There is no room on the disk for a copy of {source.name}: make some and try again.")
        if process.returncode != 0 and any(word in line for line in said for word in NO_MEMORY):
            raise MiloError(f"{source.name} takes more memory than a clip may: it may be damaged; choose another copy.")
        if process.returncode != 0 and any(NO_NUMBER in line for line in said):
            raise MiloError(
                f"{source.name} holds sound values that are no numbers, some {done_s:.0f} s in: save its sound anew, "
                "as 16-bit WAV for one."
            )
        if process.returncode != 0 or done_s <= 0:
            where = f" from {start_s:g} s on" if start_s > 0 else ""
            raise MiloError(
                f"{source.name} holds nothing that can be converted{where}: it may be damaged or incomplete; "
                "choose a copy that plays elsewhere."
            ) from RuntimeError("\n".join(said))
        part.replace(out)
        yield 1.0
    finally:
        process.kill()
        process.wait()
        part.unlink(missing_ok=True)


def fit(width: int, height: int, projection: str = "flat") -> tuple[int, int]:
    """The size of the copy, pixels: inside LARGEST_PX, lying or upright, never enlarged, sides even, at least 2."""
    long_px, short_px = LARGEST_PX[projection]
    scale = min(1.0, long_px / max(width, height), short_px / min(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def copy_bytes(source: Probe, start_s: float = 0.0, duration_s: float | None = None) -> int:
    """About how large the normalised copy of `span(source, start_s, duration_s)` will be."""
    taken_s, _ = span(source, start_s, duration_s)
    width, height = fit(source.width, source.height, source.projection) if source.has_video else (0, 0)
    return round(taken_s * (width * height * FPS * BITS_PER_PIXEL + 160_000) / 8)


def _command(source: Probe, part: Path, start_s: float, taken_s: float) -> list[str]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-v", "error", "-y"]
    command += ["-progress", "pipe:1", "-stats_period", str(TICK_S), "-max_error_rate", "1"]
    for option, value in INPUT_OPTIONS.items():
        command += [f"-{option}", value]
    # Not "accurate": frames and samples before the start come along, so that the filters below can choose the picture
    # that stands at the start even where it began long before (slides, title cards).
    entry_s = _entry_s(source, start_s) if start_s > 0 else 0.0
    if entry_s > 0:
        command += ["-noaccurate_seek", "-ss", f"{entry_s:.6f}"]
    elif entry_s < 0:
        command += ["-itsoffset", f"{-entry_s:.6f}"]
    command += ["-i", f"file:{source.path}"]
    early_s = start_s - entry_s
    # What lies behind the end goes first: gaps in the time stamps are filled, and one of an hour takes gigabytes.
    behind_s = early_s + taken_s + BEHIND_S
    if source.has_video:
        width, height = fit(source.width, source.height, source.projection)
        # FFmpeg turns the frames upright before the first filter.
        chain = [f"trim=end={behind_s:.6f}", *colour.untold(source.colour), *stereo3d.filters(source.stereo)]
        if _lines_may_be_fields(source):
            chain += ["bwdif=mode=send_frame:deint=interlaced"]  # leaves frames alone that do not say so
        chain += [f"fps={FPS}:start_time=0:eof_action=pass"]
        chain += colour.filters(source.colour, _inside(width, height), _brightest_nits(source, start_s, taken_s))
        chain += ["setsar=1", "format=yuv420p", f"pad={width}:{height}:-1:-1"]
        command += ["-map", f"0:{source.video_index}", "-vf", ",".join(chain)]
        command += ["-c:v", "libx264", "-preset", "superfast"]
        # No B-frames: the first frame is at 0 s without an edit list. A key frame every second: scrubbing is quick.
        command += ["-crf", "23", *RATE_LIMIT, "-bf", "0", "-g", str(FPS)]
    if source.has_audio:
        # Sound that starts late or has gaps gets silence there, so that it stays on the clock.
        filters = "aresample=async=1:min_hard_comp=0.05:first_pts=0"
        filters = f"atrim=end={behind_s:.6f},{filters}"
        if pan := downmix.stereo(source.audio_layout, source.audio_channels, source.only_channel):
            filters = f"{pan},{filters}"
        command += ["-map", f"0:{source.audio_index}", "-af", filters]
        command += ["-c:a", "aac", "-b:a", "160k", "-ar", str(AUDIO_RATE_HZ), "-ac", "2"]
    if early_s > 0:
        command += ["-ss", f"{early_s:.6f}"]  # decoded, and thrown away
    command += ["-t", f"{taken_s:.6f}", "-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart"]
    return [*command, "-f", "mp4", f"file:{part}"]


def _entry_s(source: Probe, start_s: float) -> float:
    """Where FFmpeg enters the file, seconds, so that it can decode the picture that stands at the start.

    The start itself where the format goes to the key frame before it, as most do; earlier where it goes to any packet
    (MPEG-TS). At most 0 for the file's beginning, as where it cannot be entered on its way: a Flash video without an
    index ends where it is tried. Always whole frames of the copy before the start. Reads packets, without decoding.
    """
    beginning_s = start_s - math.ceil(start_s * FPS) / FPS
    if source.stereo.counts_frames:
        return beginning_s
    with open_media(source.path) as container:
        origin = origin_s(container)
        for earlier_s in EARLIER_S:
            if earlier_s >= start_s:
                break
            try:
                container.seek(int((origin + start_s - earlier_s) * av.time_base))
            except FFmpegError:
                break
            if source.video_index is None or _meets_key_frame(container, source, origin + start_s):
                return start_s - earlier_s
        else:
            return start_s  # there has been no picture for long
    return beginning_s


def _meets_key_frame(container: InputContainer, source: Probe, until_s: float) -> bool:
    """Whether the picture has a key frame from where the file has been entered to a time of its own clock."""
    used = [container.streams[index] for index in (source.video_index, source.audio_index) if index is not None]
    with suppress(FFmpegError):  # where it breaks off
        for packet in container.demux(used):
            # Of Matroska the first packet has no time of decoding, of AVI none has one of showing.
            decoded = packet.pts if packet.dts is None else packet.dts
            if decoded is None or packet.time_base is None:
                continue
            # Sound may stand as far from its picture in the file.
            if decoded * packet.time_base > until_s + BEHIND_S:
                break
            shown_s = (decoded if packet.pts is None else packet.pts) * packet.time_base
            if packet.stream.index == source.video_index and packet.is_keyframe and shown_s <= until_s:
                return True
    return False


def _lines_may_be_fields(source: Probe) -> bool:
    """Whether every other line of a frame can be of another moment: not where they are another eye's or have become
    columns."""
    upright = source.rotation_deg in (0, 180)
    return upright and source.stereo.arrangement != "rows" and min(source.width, source.height) >= LEAST_FIELDS_PX


def _inside(width: int, height: int) -> str:
    """The size of each frame as FFmpeg's scaler takes it: that of the copy, or, from where a picture has been turned (a
    phone in somebody's hand), the largest of the turned shape inside it.

    Other shapes are pressed into the copy's: FFmpeg takes all pixels to be as long as the first, and whether 1440×1080
    after 1920×1080 are another shape or longer pixels, as in television, it does not tell.
    """
    if abs(math.log(width / height)) < ALIKE:
        return f"{width}:{height}"
    scale = min(width / height, height / width)
    sides = ((width, height * scale), (height, width * scale))
    is_turned = f"lt(abs(log(dar*{width}/{height})),{ALIKE})"
    return ":".join(f"'if({is_turned},{2 * max(1, round(turned / 2))},{side})'" for side, turned in sides)


def _brightest_nits(source: Probe, start_s: float, taken_s: float) -> float:
    """How bright an HDR picture gets, at LOOKED_AT in the part taken; 0 for any other, which is not looked at."""
    if not source.colour.is_hdr or source.video_index is None:
        return 0.0
    with open_media(source.path) as container:
        stream = container.streams[source.video_index]
        assert isinstance(stream, av.VideoStream)
        times_s = [start_s + share * taken_s for share in LOOKED_AT]
        return colour.brightest_nits(glances(container, stream, times_s), source.colour)


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """What FFmpeg prints, line by line; nothing whenever it has been silent for TICK_S."""
    printed = process.stdout
    assert printed is not None
    lines: queue.Queue[bytes] = queue.Queue()

    def read() -> None:
        with printed:
            for line in printed:
                lines.put(line)
        lines.put(b"")

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=TICK_S)
        except queue.Empty:
            yield ""
            continue
        if not line:
            return
        yield line.decode("utf-8", "replace").strip()
