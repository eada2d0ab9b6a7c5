"""Clips put together from the real ones, in which it is known that nobody plays, or which of several does.

zoomed     : a frame of a clip that the camera goes into by 2 % a second, with that clip's sound
photo      : the photo of a player, by 3 % a second, with a recording of its instrument
held       : the rests of a bass player, with a guitar's sound
idle drum  : the photo of a drum beside somebody who plays the guitar
duets, trios : players side by side who all play, with the sound of one of them
"""

import csv
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import imageio_ffmpeg

GUITAR = "guitar_solo.mp4"
ZOOMED = (
    ("guitar", "mandolin_solo.mp4", 20.0),
    ("ukulele", "ukulele_duet_60fps_mp3audio.mp4", 20.0),
    ("guitar", GUITAR, 10.0),
    ("electric_bass", "bass_guitar_solo.mp4", 10.0),
)
"""Label, clip, and where in it a frame is taken, seconds."""
RESTS = ((32.3, 1.6), (48.2, 0.9))
"""Of the bass player, who holds still: begin and duration, seconds."""
BASS = "bass_guitar_solo.mp4"
PHOTOS = 12
PLAYERS = {
    "mandolin_solo.mp4": (12.0, "360:360:60:0"),
    BASS: (5.0, "640:360:0:0"),
    GUITAR: (1.0, "640:352:0:0"),
}
"""Clip -> from where on somebody plays, seconds, and what part of the picture shows it (FFmpeg's crop)."""
TOGETHER_S = 11.0
"""The bass rests after it."""
LONG_S, PHOTO_S = 10.0, 6.0


@dataclass(frozen=True)
class Made:
    """kind  : zoomed, photo, held, idle drum, or duet, trio
    label : what is not played; of duets and trios, nothing
    path  : of the clip
    plays : number of the player, from the left, whose sound it is"""

    kind: str
    label: str
    path: Path
    plays: int = 0


def idle(data: Path, folder: Path) -> Iterator[Made]:
    """Clips in which `label` is not played, written into `folder`. Those whose parts are not at hand are left out."""
    clips = data / "clips"
    for label, name, at_s in ZOOMED:
        if (clips / name).is_file():
            source = ["-ss", at_s, "-i", clips / name, "-ss", at_s, "-t", LONG_S, "-i", clips / name]
            yield Made(
                "zoomed", label, _write(folder / f"zoomed_{label}_{at_s:.0f}.mp4", source, _zoom(LONG_S, 0.0008))
            )
    for label, photo, recording in _players(data):
        source = ["-loop", 1, "-framerate", 25, "-t", 1, "-i", photo, "-t", PHOTO_S, "-i", recording]
        yield Made("photo", label, _write(folder / f"photo_{label}.mp4", source, _zoom(PHOTO_S, 0.0012)))
    if (clips / BASS).is_file():
        for begin_s, duration_s in RESTS:
            parts = [
                "-ss",
                begin_s,
                "-t",
                duration_s,
                "-i",
                clips / BASS,
                "-ss",
                6,
                "-t",
                duration_s,
                "-i",
                clips / GUITAR,
            ]
            yield Made("held", "guitar", _write(folder / f"held_{begin_s:.0f}.mp4", parts, "[0:v]copy[v]"))
    beside = (
        "[0:v]scale=480:264,pad=480:360:0:48[a];[1:v]scale=260:360:force_original_aspect_ratio=decrease,"
        "pad=260:360:(ow-iw)/2:(oh-ih)/2:white,fps=25[b];[a][b]hstack[v]"
    )
    for number, drum in enumerate(_drums(data)):
        parts = ["-t", LONG_S, "-i", clips / GUITAR, "-loop", 1, "-t", LONG_S, "-i", drum]
        yield Made("idle drum", "drum", _write(folder / f"drum_{number}.mp4", parts, beside, sound="0:a"))


def ensembles(data: Path, folder: Path) -> Iterator[Made]:
    """Duets and trios of the PLAYERS, in all orders, with the sound of the one on the left."""
    clips = data / "clips"
    there = [name for name in PLAYERS if (clips / name).is_file()]
    for count, kind in ((2, "duet"), (3, "trio")):
        for names in permutations(there, count):
            parts: list[object] = []
            for name in names:
                parts += ["-ss", PLAYERS[name][0], "-t", TOGETHER_S, "-i", clips / name]
            width = 768 // count
            shown = "".join(
                f"[{k}:v]crop={PLAYERS[name][1]},scale={width}:360:force_original_aspect_ratio=decrease,"
                f"pad={width}:360:(ow-iw)/2:(oh-ih)/2,fps=25[p{k}];"
                for k, name in enumerate(names)
            )
            joined = "".join(f"[p{k}]" for k in range(count))
            path = folder / f"{kind}_{'_'.join(name[:4] for name in names)}.mp4"
            yield Made(kind, "", _write(path, parts, f"{shown}{joined}hstack=inputs={count}[v]", sound="0:a"))


def _zoom(duration_s: float, per_frame: float) -> str:
    frames = round(25 * duration_s)
    into = f"zoompan=z='1+{per_frame}*on':x='iw/2-(iw/zoom/2)':y='ih/2-(ih/zoom/2)':d={frames}:s=640x360:fps=25"
    return f"[0:v]trim=end_frame=1,scale=2560:1440:force_original_aspect_ratio=decrease,pad=2560:1440:-1:-1,{into}[v]"


def _write(path: Path, inputs: Sequence[object], picture: str, sound: str = "1:a") -> Path:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *inputs, "-filter_complex", picture]
    encoding = ["-map", "[v]", "-map", sound, "-c:v", "libx264", "-crf", 20, "-preset", "veryfast", "-c:a", "aac"]
    subprocess.run(list(map(str, [*command, *encoding, "-shortest", path])), check=True)
    return path


def _manifest(data: Path) -> list[dict[str, str]]:
    path = data / "images" / "new" / "manifest.csv"
    if not path.is_file():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _players(data: Path) -> Iterator[tuple[str, Path, Path]]:
    """Label, photo of a player and recording, one of each label that there is a solo phrase of."""
    taken: set[str] = set()
    for row in _manifest(data):
        label = row["label"]
        phrases = sorted((data / "recordings" / "phrases_train").glob(f"*{label}*.ogg"))
        if row["kind"] == "played" and phrases and label not in taken and len(taken) < PHOTOS:
            taken.add(label)
            yield label, data / "images" / "new" / row["file"], phrases[0]


def _drums(data: Path) -> Iterator[Path]:
    """Three photos of drum sets that nobody plays."""
    sets = [row for row in _manifest(data) if row["label"] == "drum" and row["kind"] == "alone" and not row["note"]]
    for row in sets[-3:]:
        yield data / "images" / "new" / row["file"]
