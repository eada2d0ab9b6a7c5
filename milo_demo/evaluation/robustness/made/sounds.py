"""Odd sound."""

import struct
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from milo_demo.evaluation.robustness.made.case import ANYTHING, TONE, Case, encoded, written


def wav(
    rate_hz: int = 16_000, channels: int = 1, bits: int = 16, content: bytes = bytes(32_000), size: int = -1
) -> bytes:
    """A WAV file whose header says what it is told."""
    frame = channels * max(1, bits // 8)
    size = len(content) if size < 0 else size
    rate = rate_hz * frame & 0xFFFFFFFF
    head = struct.pack("<HHIIHH", 1, channels, rate_hz, rate, frame & 0xFFFF, bits)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size & 0xFFFFFFFF)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + head
        + (b"data" + struct.pack("<I", size) + content)
    )


def _float(value: float, path: Path, at: int = 16_000) -> None:
    samples = np.full(32_000, 0.1, np.float32)
    samples[at] = value
    soundfile.write(path, samples, 16_000, subtype="FLOAT")


def _walls(channels: int, path: Path) -> None:
    soundfile.write(path, np.full((16_000, channels), 0.1, np.float32), 16_000)


def _tones(layout: str, *encoding: object) -> Case:
    source = ("-f", "lavfi", "-i", f"sine=d=1,aformat=channel_layouts={layout}")
    return Case(f"layout {layout}.mka", encoded(*source, *encoding))


KINDS = "mp3 flac ogg opus m4a aac ac3 eac3 aiff au caf w64 wv tta wma mp2 voc"
CODECS = "pcm_u8 pcm_s24le pcm_s32be pcm_f64le pcm_alaw pcm_mulaw adpcm_ms alac"
CASES = [
    *(Case(f"tone.{kind}", encoded(*TONE), is_quick=kind in ("mp3", "flac")) for kind in KINDS.split()),
    Case("tone.amr", encoded(*TONE, "-ar", 8_000)),
    *(Case(f"codec {codec}.mka", encoded(*TONE, "-c:a", codec)) for codec in CODECS.split()),
    *(_tones(layout, "-c:a", "flac") for layout in ("mono", "2.1", "4.0", "5.1", "7.1")),
    *(
        Case(f"{rate} Hz.wav", written(wav(rate, content=bytes(2 * rate))), is_quick=rate == 192_000)
        for rate in (4_000, 8_000, 96_000, 192_000, 384_000)
    ),
    Case("1 Hz.wav", written(wav(1, content=bytes(400_000))), "samples a second"),
    Case("100 Hz.wav", written(wav(100, content=bytes(400))), "samples a second", is_quick=True),
    Case("fast.wav", written(wav(4_000_000_000, content=bytes(80_000))), "cannot be read"),
    Case("0 Hz.wav", written(wav(0)), "cannot be read"),
    Case("no channels.wav", written(wav(channels=0)), "that can be read", is_quick=True),
    *(Case(f"{channels} channels.wav", partial(_walls, channels)) for channels in (3, 12, 32, 63)),
    Case("64 channels.wav", partial(_walls, 64), "sound channels"),
    Case("255 channels.wav", partial(_walls, 255), "sound channels", is_quick=True),
    Case("says 65535 channels.wav", written(wav(channels=65_535, content=bytes(400_000))), "."),
    Case("0 bits.wav", written(wav(bits=0)), "."),
    Case("3 bits.wav", written(wav(bits=3)), ANYTHING),
    Case("no samples.wav", written(wav(content=b"")), ".", is_quick=True),
    Case("one sample.wav", written(wav(content=bytes(2))), ANYTHING),
    Case("ten samples.wav", written(wav(content=bytes(20))), ANYTHING),
    Case("says more than there is.wav", written(wav(size=4_000_000_000))),
    Case("odd bytes.wav", written(wav(content=bytes(32_001)))),
    Case("not a number.wav", partial(_float, float("nan")), "no numbers", is_quick=True),
    Case("infinite.wav", partial(_float, float("inf")), "no numbers"),
    Case("louder than all.wav", partial(_float, 3e38), ANYTHING),
    Case("tiny.wav", partial(_float, 1e-42)),
    Case("not a number at first.wav", partial(_float, float("nan"), at=0), "no numbers"),
    Case("silence.wav", written(wav()), is_quick=True),
    Case("full scale.wav", written(wav(content=b"\xff\x7f\x00\x80" * 8_000))),
    Case("late.mka", encoded("-itsoffset", 5, *TONE, "-c:a", "flac"), options=("--separator", "none")),
    Case("before zero.mka", encoded("-itsoffset", -0.5, *TONE, "-c:a", "flac", "-avoid_negative_ts", "disabled")),
]
