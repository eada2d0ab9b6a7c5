"""Make the other examples, and a small picture of each.

    PYTHONPATH=. python assets/examples/make_more_examples.py --fonts DIR

writes drawn_melodies.mp4 (a guitar that is seen, a trumpet that is not, each one note at a time: they can be heard
apart), drawn_round.mp4 (a guitarist and a harp on a stage to the left of a 360° camera, a trumpet behind it, ambisonic
sound) and made_band.m4a (drums, bass and piano, no picture) beside this script, with the pictures that the page shows,
and what guitar and trumpet play into stems/drawn_melodies.
Like the duet, all is drawn or rendered by `fluidsynth`, here from FluidR3 GM (MIT licence): DIR has one bank for each
General MIDI program.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import soundfile
from make_drawn_duet import (
    HEIGHT,
    RATE_HZ,
    SCALE,
    WIDTH,
    draw_guitar,
    draw_guitarist,
    draw_harp,
    draw_person,
    draw_room,
    midi,
    rendered,
    swing_of,
    write_stems,
)
from moviepy import AudioArrayClip, VideoClip
from PIL import Image, ImageDraw

from tests.media.making import spherical

HERE = Path(__file__).parent
BEAT_S = 0.5

Notes = list[tuple[float, float, int]]
"""When each begins and how long it is, in seconds, and its pitch."""

SONG = (64, 67, 69, 67, 64, 62, 60, 62, 64, 67, 69, 72, 71, 69, 67, 64)
GROUND = (48, 48, 55, 55, 57, 57, 52, 52, 53, 53, 55, 55, 48, 48, 43, 48)


def line(pitches: tuple[int, ...], start_s: float, beats: float = 1.0) -> Notes:
    """One note after another."""
    return [(start_s + k * beats * BEAT_S, 0.9 * beats * BEAT_S, pitch) for k, pitch in enumerate(pitches)]


MELODIES = {
    24: line(GROUND, 0.5) + line(GROUND[:12], 8.5),
    56: line(tuple(p + 5 for p in SONG), 4.5) + line(SONG[:8], 12.5),
}
MELODIES_S = 17.0
ROUND = {24: line(tuple(p + 12 for p in GROUND[:14]), 0.5), 56: line(tuple(p + 5 for p in SONG[:12]), 1.5)}
ROUND_S = 8.0
FROM_DEG = {24: 80.0, 56: -140.0}
"""Where each is heard from: to the left of the middle."""
BAND = {
    0: [
        (2 * BEAT_S * k, 0.8, p)
        for k in range(14)
        for p in ((60, 64, 67), (57, 60, 64), (53, 57, 60), (55, 59, 62))[k % 4]
    ],
    33: [(BEAT_S * k, 0.4, (36, 36, 33, 33, 29, 29, 31, 31)[k % 8]) for k in range(28)],
}
DRUMS: Notes = [(BEAT_S * k / 2, 0.1, 42) for k in range(56)] + [(BEAT_S * k, 0.1, (36, 38)[k % 2]) for k in range(28)]
BAND_S = 14.5


def sound_of(notes: Notes, program: int, fonts: Path, length_s: float) -> np.ndarray:
    """One instrument, (sample,); program 128 is the drum kit."""
    events = [(at, "note_on", pitch, 90) for at, _, pitch in notes]
    events += [(at + long_s, "note_off", pitch, 0) for at, long_s, pitch in notes]
    drums = program == 128
    sound = rendered(midi(events, 0 if drums else program, 9 if drums else 0), fonts / f"{program:03d}.sf3")
    whole = np.zeros(round(length_s * RATE_HZ), np.float32)
    whole[: len(sound)] = sound[: len(whole)]
    fade = np.linspace(1, 0, round(0.3 * RATE_HZ))
    whole[-len(fade) :] *= fade
    return whole


def make_melodies(fonts: Path) -> None:
    sounds = [sound_of(notes, program, fonts, MELODIES_S) for program, notes in MELODIES.items()]
    room, guitar = draw_room(), draw_guitar()
    struck = [at for at, _, _ in MELODIES[24]]

    def frame(at_s: float) -> np.ndarray:
        image = room.copy()
        draw_guitarist(image, guitar, swing_of(struck, at_s))
        return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))

    left, right = np.array([0.7, 0.5]), np.array([0.5, 0.7])
    parts = {"guitar": sounds[0][:, None] * left, "trumpet": sounds[1][:, None] * right}
    stereo = write_stems(parts, "drawn_melodies")
    clip = VideoClip(frame, duration=MELODIES_S).with_audio(AudioArrayClip(stereo, RATE_HZ))
    params = ["-crf", "28", "-movflags", "+faststart"]
    clip.write_videofile(
        str(HERE / "drawn_melodies.mp4"), fps=25, codec="libx264", audio_codec="aac", ffmpeg_params=params, logger=None
    )


def make_round(fonts: Path) -> None:
    """2:1, a stage with the guitarist and a harp to the left of the middle, somebody who listens behind."""
    across, down = 1920, 960
    hall = Image.new("RGB", (across, down))
    pen = ImageDraw.Draw(hall)
    for y in range(down):
        light = 1 - 0.5 * abs(y / down - 0.45)
        pen.line([(0, y), (across, y)], fill=tuple(round(value * light) for value in (72, 80, 96)))
    for x in (0.06, 0.56, 0.72, 0.88):
        pen.rectangle(
            (x * across, 0.34 * down, (x + 0.06) * across, 0.5 * down), fill="#9db8c9", outline="#e9e4da", width=6
        )
    listener = Image.new("RGBA", (WIDTH * SCALE, HEIGHT * SCALE))
    draw_person(ImageDraw.Draw(listener), 0.20, "#5d6b3d", 0.0)
    listener = listener.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    hall.paste(listener, (round(0.92 * across) - WIDTH // 5, round(0.36 * down)), listener)
    stage, guitar = draw_room(), draw_guitar()
    draw_harp(ImageDraw.Draw(stage))
    struck = [at for at, _, _ in ROUND[24]]

    def frame(at_s: float) -> np.ndarray:
        scene = stage.copy()
        draw_guitarist(scene, guitar, swing_of(struck, at_s))
        image = hall.copy()
        image.paste(scene.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), (round(0.20 * across), round(0.31 * down)))
        return np.asarray(image)

    sides = {program: np.radians(FROM_DEG[program]) for program in ROUND}
    sounds = {program: sound_of(notes, program, fonts, ROUND_S) for program, notes in ROUND.items()}
    w = sum(sounds.values())
    y = sum(np.sin(sides[program]) * sound for program, sound in sounds.items())
    x = sum(np.cos(sides[program]) * sound for program, sound in sounds.items())
    with tempfile.TemporaryDirectory() as folder:
        silent, wave = Path(folder) / "silent.mp4", Path(folder) / "sound.wav"
        VideoClip(frame, duration=ROUND_S).write_videofile(
            str(silent), fps=25, codec="libx264", audio=False, ffmpeg_params=["-crf", "30"], logger=None
        )
        soundfile.write(wave, _safe(np.stack([w, y, 0 * w, x], axis=1)), RATE_HZ)
        _ffmpeg("-i", silent, "-i", wave, "-c:v", "copy", "-c:a", "aac", "-b:a", "160k", HERE / "drawn_round.mp4")
    spherical(HERE / "drawn_round.mp4")


def make_band(fonts: Path) -> None:
    parts = [sound_of(notes, program, fonts, BAND_S) for program, notes in {**BAND, 128: DRUMS}.items()]
    with tempfile.TemporaryDirectory() as folder:
        wave = Path(folder) / "sound.wav"
        soundfile.write(wave, _safe(np.stack(2 * [sum(parts)], axis=1)), RATE_HZ)
        _ffmpeg("-i", wave, "-c:a", "aac", "-b:a", "112k", HERE / "made_band.m4a")


def make_pictures() -> None:
    """What the page shows of each; of sound, its waveform."""
    filled = "scale=320:180:force_original_aspect_ratio=increase,crop=320:180"
    for name in ("drawn_duet", "drawn_melodies", "drawn_round"):
        taken = ("-ss", "3", "-i", HERE / f"{name}.mp4", "-frames:v", "1")
        _ffmpeg(*taken, "-vf", filled, "-q:v", "6", HERE / f"{name}.jpg")
    look = "color=0x1e293b:s=320x180[a];[0:a]aformat=channel_layouts=mono,showwavespic=s=300x120:colors=0xa5b4fc[b];"
    _ffmpeg("-i", HERE / "made_band.m4a", "-filter_complex", f"{look}[a][b]overlay=10:30", "-frames:v", "1",
            "-q:v", "6", HERE / "made_band.jpg")  # fmt: skip


def _safe(sound: np.ndarray) -> np.ndarray:
    return sound / max(1.0, float(np.abs(sound).max()) / 0.9)


def _ffmpeg(*arguments: object) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", type=Path, required=True, help="folder with 000.sf3, 024.sf3 and so on")
    fonts = parser.parse_args().fonts
    make_melodies(fonts)
    make_round(fonts)
    make_band(fonts)
    make_pictures()


if __name__ == "__main__":
    main()
