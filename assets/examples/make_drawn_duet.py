"""Draw the example clip, with exact truth about who plays when and where.

    python assets/examples/make_drawn_duet.py --fonts DIR

writes drawn_duet.mp4 and drawn_duet.json beside this script, and what each plays into stems/drawn_duet. It holds the
three cases that the page tells apart: a guitar that is heard and seen, a flute that is heard but out of the picture,
and a harp that is seen but silent. The scene is drawn; the notes are rendered by `fluidsynth` from a General MIDI bank
in DIR (024.sf3 guitar, 073.sf3 flute; the bundled clip was made with FluidR3 GM, MIT licence). It is an example and the
end-to-end test, not a measurement: the page calls it drawn.
"""

import argparse
import json
import math
import subprocess
import tempfile
from pathlib import Path

import mido
import numpy as np
import soundfile
from moviepy import AudioArrayClip, VideoClip
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT, FPS, DURATION_S, RATE_HZ = 640, 360, 25, 16.0, 44_100
SCALE = 2  # drawn larger and scaled down: smooth edges

# (start_s, end_s): the guitar alone, both, the flute alone, and silence at either end
PLAYED = {"guitar": [(1.0, 9.0)], "flute": [(6.0, 14.5)]}
BOXES = {"guitar": (0.06, 0.36, 0.53, 0.86), "harp": (0.655, 0.12, 0.885, 0.90)}
PROGRAMS = {"guitar": 24, "flute": 73}

CHORDS = [(52, 59, 64, 67, 71, 76), (48, 52, 55, 60, 64, 67), (55, 59, 62, 67, 71, 74), (50, 57, 62, 66, 69, 74)]
BEAT_S = 0.25


def strokes(instrument: str) -> list[float]:
    """When the instrument's hand strikes: every beat while it is played."""
    return [
        float(at)
        for start_s, end_s in PLAYED[instrument]
        for at in np.arange(start_s, end_s - 0.5, BEAT_S)  # the last half second rings out
    ]


def score(instrument: str) -> mido.MidiFile:
    """Broken chords on the guitar, a melody of their upper notes on the flute."""
    events = []
    for index, at in enumerate(strokes(instrument)):
        chord = CHORDS[index // 8 % len(CHORDS)]
        if instrument == "guitar":
            note, velocity, length_s = chord[(0, 3, 4, 5, 2, 5, 4, 3)[index % 8]], 92, 2 * BEAT_S
        else:
            note, velocity, length_s = 12 + chord[(3, 5, 4, 5, 3, 4, 5, 4)[index % 8]], 88, BEAT_S
        end_s = min(at + length_s, PLAYED[instrument][-1][1])
        events += [(at, "note_on", note, velocity), (end_s, "note_off", note, 0)]
    return midi(events, PROGRAMS[instrument])


def midi(events: list[tuple[float, str, int, int]], program: int, channel: int = 0) -> mido.MidiFile:
    """A score of one instrument. events : when in seconds, ``note_on`` or ``note_off``, which note, how loud"""
    file = mido.MidiFile(ticks_per_beat=500)  # with the default tempo of two beats a second: 1,000 ticks per second
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.Message("program_change", program=program, channel=channel))
    now_s = 0.0
    for at, kind, note, velocity in sorted(events, key=lambda event: (event[0], event[1])):
        time = round((at - now_s) * 1000)
        track.append(mido.Message(kind, note=note, velocity=velocity, time=time, channel=channel))
        now_s = at
    return file


def rendered(file: mido.MidiFile, font: Path) -> np.ndarray:
    """The score's sound, (sample,), as `fluidsynth` renders it dry."""
    with tempfile.TemporaryDirectory() as folder:
        notes, wave = Path(folder) / "score.mid", Path(folder) / "sound.wav"
        file.save(notes)
        command = ["fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-r", str(RATE_HZ), "-F", wave, font, notes]
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
        sound, _ = soundfile.read(wave, dtype="float32")
    sound = sound.mean(axis=1)
    return sound * 0.1 / np.sqrt(np.mean(sound[np.abs(sound) > 1e-4] ** 2))


def render_parts(fonts: Path) -> dict[str, np.ndarray]:
    """What each instrument plays, (sample, channel), the guitar to the left and the flute to the right."""
    parts = {}
    for instrument, pan in (("guitar", (0.9, 0.5)), ("flute", (0.5, 0.9))):
        sound = np.zeros(int(DURATION_S * RATE_HZ), np.float32)
        played = rendered(score(instrument), fonts / f"{PROGRAMS[instrument]:03d}.sf3")[: len(sound)]
        sound[: len(played)] = played
        for _, end_s in PLAYED[instrument]:  # damped where the truth says that it ends
            sound[round(end_s * RATE_HZ) :] = 0
            fade = round(0.3 * RATE_HZ)
            sound[round(end_s * RATE_HZ) - fade : round(end_s * RATE_HZ)] *= np.linspace(1, 0, fade)
        parts[instrument] = sound[:, None] * np.array(pan, np.float32)
    return parts


def write_stems(parts: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Write what each plays, mono, into a folder called after the example; return the sum of all, within full scale."""
    together = np.sum(list(parts.values()), axis=0)
    scale = max(1.0, float(np.abs(together).max()) / 0.9)
    folder = Path(__file__).parent / "stems" / name
    folder.mkdir(parents=True, exist_ok=True)
    for instrument, sound in parts.items():
        soundfile.write(folder / f"{instrument}.flac", sound.mean(axis=1) / scale, RATE_HZ, subtype="PCM_16")
    return together / scale


def draw_room() -> Image.Image:
    """A wall, a floor and a rug, with a little grain, so that it is not flat colour."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), "#d8cfc0")
    pen = ImageDraw.Draw(image)
    horizon = round(0.72 * HEIGHT * SCALE)
    for y in range(HEIGHT * SCALE):
        light = 1 - 0.25 * abs(y / (HEIGHT * SCALE) - 0.3)
        base = (206, 200, 190) if y < horizon else (142, 104, 72)
        pen.line([(0, y), (WIDTH * SCALE, y)], fill=tuple(round(value * light) for value in base))
    for x in range(0, WIDTH * SCALE, 92):
        pen.line([(x, horizon), (x - 60, HEIGHT * SCALE)], fill="#7d5a3d", width=2)
    pen.ellipse(_at(0.08, 0.84, 0.92, 1.06), fill="#7a3b3b")
    pen.ellipse(_at(0.11, 0.86, 0.89, 1.04), fill="#8c4a45")
    grain = np.random.default_rng(0).normal(0, 4, (HEIGHT * SCALE, WIDTH * SCALE, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def _at(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
    """Fractions of the frame to pixels of the drawing."""
    return x0 * WIDTH * SCALE, y0 * HEIGHT * SCALE, x1 * WIDTH * SCALE, y1 * HEIGHT * SCALE


def draw_person(pen: ImageDraw.ImageDraw, x: float, shirt: str, nod: float) -> None:
    """Head, hair and torso of a seated player whose middle is at `x`."""
    width = HEIGHT / WIDTH  # one unit of height in units of width
    pen.rounded_rectangle(_at(x - 0.17 * width, 0.37, x + 0.17 * width, 0.84), 60, fill=shirt)
    pen.ellipse(_at(x - 0.075 * width, 0.15 + nod, x + 0.075 * width, 0.35 + nod), fill="#e0ac86")
    pen.pieslice(_at(x - 0.085 * width, 0.125 + nod, x + 0.085 * width, 0.32 + nod), 180, 360, fill="#40302a")
    for side in (-1, 1):
        pen.ellipse(
            _at(x + (side * 0.028 - 0.008) * width, 0.24 + nod, x + (side * 0.028 + 0.008) * width, 0.256 + nod),
            fill="#2a2020",
        )
    pen.rectangle(_at(x - 0.03 * width, 0.34 + nod, x + 0.03 * width, 0.39), fill="#d49d76")


def draw_guitar() -> Image.Image:
    """An acoustic guitar lying to the right, 800 by 300 pixels, with transparency."""
    image = Image.new("RGBA", (800, 300))
    pen = ImageDraw.Draw(image)
    body = Image.new("L", image.size)
    shape = ImageDraw.Draw(body)
    shape.ellipse((10, 15, 270, 285), fill=255)
    shape.ellipse((190, 50, 400, 250), fill=255)
    shape.rectangle((200, 68, 290, 232), fill=255)
    body = body.filter(ImageFilter.GaussianBlur(10)).point(lambda value: 255 if value > 128 else 0)
    for y in range(300):  # wood: warm in the middle, darker to the edge
        light = 1 - 0.35 * abs(y - 150) / 150
        pen.line([(0, y), (420, y)], fill=(round(224 * light), round(158 * light), round(82 * light), 255))
    image.putalpha(body)
    edge = body.filter(ImageFilter.GaussianBlur(2)).point(lambda value: 255 if 40 < value < 215 else 0)
    image.paste((70, 36, 16, 255), (0, 0), edge)
    pen = ImageDraw.Draw(image)
    pen.ellipse((235, 107, 321, 193), fill="#b57a3c", outline="#5b3416", width=5)
    pen.ellipse((243, 115, 313, 185), fill="#23140c")
    pen.rounded_rectangle((108, 105, 134, 195), 6, fill="#3a2012")
    pen.rectangle((318, 128, 690, 172), fill="#3b2416")
    for fret in range(14):
        x = 690 - 372 * (1 - 2 ** (-fret / 12)) * 1.75
        pen.line([(x, 128), (x, 172)], fill="#c9c4b8", width=3)
        if fret in (3, 5, 7, 9):
            pen.ellipse((x + 8, 145, x + 18, 155), fill="#efe9da")
    pen.polygon([(690, 124), (790, 112), (796, 188), (690, 176)], fill="#4a2b18", outline="#24130a")
    for peg in range(3):
        for y in (106, 186):
            pen.rounded_rectangle((708 + 30 * peg, y - 8, 722 + 30 * peg, y + 12), 4, fill="#d8d4c8")
    for string in range(6):
        y = 132 + 7.2 * string
        pen.line([(121, y), (695, y)], fill="#f1ead6", width=2)
    return image


def draw_harp(pen: ImageDraw.ImageDraw) -> None:
    """A concert harp that nobody plays: column, neck, soundboard and strings."""

    def point(x: float, y: float) -> tuple[float, float]:
        return x * WIDTH * SCALE, y * HEIGHT * SCALE

    gold, dark = "#c9973a", "#7c5718"
    pen.polygon(
        [point(0.67, 0.86), point(0.88, 0.86), point(0.885, 0.90), point(0.66, 0.90)], fill="#8a5f22", outline=dark
    )
    along = np.linspace(0, 1, 41)
    neck_x = 0.865 - 0.18 * along
    neck_y = 0.17 + 0.16 * np.sin(math.pi * along) * (1 - along) + 0.13 * along - 0.03 * np.sin(2 * math.pi * along)
    neck = [point(x, y) for x, y in zip(neck_x, neck_y, strict=True)]
    top_x, top_y, foot_x, foot_y = neck_x[-1], neck_y[-1], 0.835, 0.86
    for string in range(1, 34):  # straight down from the neck to the soundboard
        x = float(np.interp(string / 34, [0, 1], [0.853, top_x + 0.012]))
        start_y = float(np.interp(-x, -neck_x, neck_y))
        end_y = top_y + (foot_y - top_y) * (x - top_x) / (foot_x - top_x)
        colour = {0: "#b03030", 3: "#303050"}.get(string % 7, "#efe6cf")
        pen.line([point(x, start_y), point(x, min(end_y, foot_y))], fill=colour, width=2)
    for colour, width in ((dark, 30), (gold, 22)):
        pen.line(neck, fill=colour, width=width, joint="curve")
    board = [(-0.012, -0.01), (0.012, 0.0)], [(0.01, 0.0), (-0.065, 0.0)]
    corners = [point(top_x + dx, top_y + dy) for dx, dy in board[0]] + [
        point(foot_x + dx, foot_y + dy) for dx, dy in board[1]
    ]
    pen.polygon(corners, fill="#a8742b", outline=dark)
    for colour, width in ((dark, 30), (gold, 22)):
        pen.line([point(0.865, 0.16), point(0.87, 0.87)], fill=colour, width=width)
    pen.ellipse(_at(0.845, 0.125, 0.885, 0.20), fill=gold, outline=dark, width=3)


def draw_frame(room: Image.Image, guitar: Image.Image, at_s: float) -> np.ndarray:
    """The scene at one moment: the guitarist's hand moves with the strokes that are heard."""
    image = room.copy()
    pen = ImageDraw.Draw(image)
    draw_harp(pen)
    draw_guitarist(image, guitar, swing_of(strokes("guitar"), at_s))
    return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


def swing_of(at_s: list[float], now_s: float) -> float:
    """Where the hand is, -1 to 1, that strikes at these moments."""
    last = [stroke for stroke in at_s if stroke <= now_s < stroke + BEAT_S]
    return math.sin(2 * math.pi * (now_s - last[0]) / BEAT_S) if last else 0.0


def draw_guitarist(image: Image.Image, guitar: Image.Image, swing: float) -> None:
    """Who plays the guitar, on the left of a picture SCALE times as large as the clip's."""
    pen = ImageDraw.Draw(image)
    draw_person(pen, 0.20, "#33567a", 0.006 * swing)
    placed = guitar.rotate(8, expand=True, resample=Image.Resampling.BICUBIC)
    x0, y0, x1, y1 = BOXES["guitar"]
    placed = placed.resize(
        (round((x1 - x0) * WIDTH * SCALE), round((y1 - y0) * HEIGHT * SCALE)), Image.Resampling.LANCZOS
    )
    image.paste(placed, (round(x0 * WIDTH * SCALE), round(y0 * HEIGHT * SCALE)), placed)
    hand_y = 0.655 + 0.03 * swing
    pen.line(
        [_at(0.125, 0.47, 0, 0)[:2], _at(0.13, 0.68, 0, 0)[:2], _at(0.205, hand_y, 0, 0)[:2]],
        fill="#33567a",
        width=34,
        joint="curve",
    )
    pen.ellipse(_at(0.192, hand_y - 0.035, 0.232, hand_y + 0.035), fill="#e0ac86")
    pen.line(
        [_at(0.275, 0.47, 0, 0)[:2], _at(0.36, 0.64, 0, 0)[:2], _at(0.415, 0.59, 0, 0)[:2]],
        fill="#33567a",
        width=30,
        joint="curve",
    )
    pen.ellipse(_at(0.397, 0.545, 0.432, 0.61), fill="#e0ac86")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", type=Path, required=True, help="folder with 024.sf3 and 073.sf3")
    fonts = parser.parse_args().fonts
    target = Path(__file__).with_name("drawn_duet.mp4")
    room, guitar = draw_room(), draw_guitar()
    clip = VideoClip(lambda at_s: draw_frame(room, guitar, at_s), duration=DURATION_S)
    clip = clip.with_audio(AudioArrayClip(write_stems(render_parts(fonts), "drawn_duet"), RATE_HZ))
    clip.write_videofile(
        str(target), fps=FPS, codec="libx264", audio_codec="aac", ffmpeg_params=["-crf", "26"], logger=None
    )
    truth = {"duration_s": DURATION_S, "played": PLAYED, "boxes": BOXES}
    target.with_suffix(".json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
