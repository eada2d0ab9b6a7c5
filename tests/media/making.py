"""Small media files made on the fly, and what can be measured on them."""

import struct
import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

from milo_demo.media import decode

BEEP_HZ = 1000


def ffmpeg(*arguments: object, stdout: Path | None = None) -> None:
    """Run FFmpeg; what it writes to ``pipe:1`` goes into the file `stdout`."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE if stdout else None)
    if stdout:
        stdout.write_bytes(done.stdout)


def picture(duration_s: float = 1.0, size: str = "160x90", rate_hz: float = 30, at_s: float = 0.5) -> list[str]:
    """Input: grey, but white for a tenth of a second at `at_s`."""
    flash = f"drawbox=color=white:t=fill:enable='between(t,{at_s},{at_s + 0.1})'"
    return ["-f", "lavfi", "-i", f"color=0x404040:s={size}:r={rate_hz}:d={duration_s},{flash}"]


def sound(duration_s: float = 1.0, rate_hz: int = 44_100, at_s: float = 0.5, channels: int = 1) -> list[str]:
    """Input: silence, but a beep for a tenth of a second at `at_s`; channel c (from 1) has the level 0.8 / c."""
    beep = f"sin({2 * np.pi * BEEP_HZ}*t)*between(t,{at_s},{at_s + 0.1})"
    levels = "|".join(f"{0.8 / c}*{beep}" for c in range(1, channels + 1))
    return ["-f", "lavfi", "-i", f"aevalsrc='{levels}':s={rate_hz}:d={duration_s}"]


def late(by_s: float, source: list[str]) -> list[str]:
    """The same input, its time stamps moved."""
    return ["-itsoffset", str(by_s), *source]


def clip(path: Path, *options: object, duration_s: float = 1.0, at_s: float = 0.5, size: str = "160x90") -> Path:
    """Flash and beep at the same time; the file's name says the format."""
    ffmpeg(*picture(duration_s, size, at_s=at_s), *sound(duration_s, at_s=at_s), *options, path)
    return path


def spherical(path: Path, stereo: bytes = b"mono") -> Path:
    """Put Google's spherical metadata (version 1), with its word for stereo 3D, into the video track of an MP4 whose
    index stands at the end."""
    xml = (
        b"<rdf:SphericalVideo><GSpherical:Spherical>true</GSpherical:Spherical>"
        b"<GSpherical:Stitched>true</GSpherical:Stitched>"
        b"<GSpherical:StitchingSoftware>none</GSpherical:StitchingSoftware>"
        b"<GSpherical:StereoMode>" + stereo + b"</GSpherical:StereoMode>"
        b"<GSpherical:ProjectionType>equirectangular</GSpherical:ProjectionType></rdf:SphericalVideo>"
    )
    box = b"uuid" + bytes.fromhex("ffcc8263f8554a938814587a02521fdd") + xml
    box = struct.pack(">I", len(box) + 4) + box
    data = path.read_bytes()
    moov, trak = data.index(b"moov") - 4, data.index(b"trak") - 4
    size = struct.unpack_from(">I", data, trak)[0]
    data = data[: trak + size] + box + data[trak + size :]
    for at in (moov, trak):
        data = data[:at] + struct.pack(">I", struct.unpack_from(">I", data, at)[0] + len(box)) + data[at + 4 :]
    path.write_bytes(data)
    return path


def drawn_all_round(example: Path, path: Path, start_s: float, duration_s: float) -> Path:
    """A part of the drawn example in a 360° frame, its guitar across the seam, all its sound from the right."""
    frame = (
        "[0:v]scale=640:360,pad=1920:960:320:300:color=0x303840,split[a][b];"
        "[a]crop=1440:960:480:0[l];[b]crop=480:960:0:0[r];[l][r]hstack[v]"
    )
    from_the_right = "[0:a]aformat=channel_layouts=mono,pan=4.0|c0=c0|c1=-1*c0|c2=0*c0|c3=0*c0[s]"
    encoding = ["-c:v", "libx264", "-crf", 20, "-preset", "veryfast", "-threads", 1, "-c:a", "aac", "-b:a", "256k"]
    source = ["-ss", start_s, "-t", duration_s, "-i", example]
    ffmpeg(*source, "-filter_complex", f"{frame};{from_the_right}", "-map", "[v]", "-map", "[s]", *encoding, path)
    return spherical(path)


def broadcast(path: Path, kinds: list[tuple[str, int]]) -> Path:
    """An MPEG-TS whose AC-3 changes its kind, (layout, rate), every two seconds, a beep in the middle of each."""
    content = b""
    for k, (layout, rate_hz) in enumerate(kinds):
        alike = ["-af", f"pan={layout}|" + "|".join(f"c{c}=c0" for c in range(av.AudioLayout(layout).nb_channels))]
        encoding = ["-c:a", "ac3", "-b:a", "384k" if "5" in layout else "128k"]
        piece = path.with_name(f"{k}.ts")
        ffmpeg(*sound(2, rate_hz, at_s=1), *alike, *encoding, "-output_ts_offset", 2 * k, piece)
        content += piece.read_bytes()
        piece.unlink()
    path.write_bytes(content)
    return path


def flash_s(path: Path) -> float | None:
    """When the picture of a normalised clip first turns white, to 10 ms."""
    return next((time_s for time_s, frame in decode.frames(path, 100) if frame.mean() > 160), None)


def beeps_s(samples: np.ndarray, rate_hz: int) -> list[float]:
    """When each of several beeps, at least 0.3 s apart, begins in (sample,)."""
    loud = np.flatnonzero(np.abs(samples) > 0.05) / rate_hz
    return [float(time_s) for time_s in loud[np.diff(loud, prepend=-1) > 0.3]]


def beep_s(path: Path, start_s: float = 0.0, duration_s: float | None = None) -> float | None:
    """When the sound of a file first rises."""
    samples = np.concatenate(list(decode.audio(path, 16_000, start_s, duration_s)), axis=1)[0]
    loud = np.flatnonzero(np.abs(samples) > 0.1)
    return float(loud[0]) / 16_000 if len(loud) else None
