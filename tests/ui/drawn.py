"""Analyses whose every number is known: a stand-in for the networks, so that the page can be measured exactly."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from milo_demo.analysis import Analysis, Box, ClipScore, Event, Media, ModelUsed, Note, TagScore, Track
from milo_demo.errors import MiloError
from milo_demo.export.files import write_files
from milo_demo.folder import MIX
from milo_demo.fusion.correct import correct
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS
from milo_demo.maps import Maps
from milo_demo.media.opus import OpusWriter
from milo_demo.pipeline import AnalysisOptions, Progress, Survey, left_out
from milo_demo.separation.files import TrackWriters
from milo_demo.tags import GROUP_OF, TAGS

BOX = (0.25, 0.4, 0.5, 0.8)
"""Where the guitar stands from beginning to end; its map is full inside and empty outside."""

DURATION_S = 4.0
LONG_S = 312.0
"""How long a file lasts that is called long; of it, too, only the first seconds are drawn."""
RATE_HZ = 16_000
"""Of the separated tracks."""

CLIP = [
    ClipScore("guitar", 0.99, heard=0.93, seen=0.97, played=None),
    ClipScore("piano", 0.82, heard=0.8, seen=0.1, played=None),
    ClipScore("cello", 0.7, heard=0.7, seen=None, played=None),
    ClipScore("voice", 0.3, heard=0.25, seen=0.07, played=None),
    ClipScore("tuba", 0.02, heard=0.02, seen=0.0, played=None),
]

BPM = 96.0
SOUNDS_LIKE = {"guitar": 0.9, "slow": 0.8, "classical": 0.7, "no vocals": 0.6, "soft": 0.4, "oboe": 0.3}
"""Tags of the duet; every other has 0.05."""


def analysis(has_video: bool = True, has_audio: bool = True, empty: bool = False, name: str = "duet.mp4") -> Analysis:
    """The guitar is heard in the first half and seen throughout, the piano heard in the second half."""
    size = (640, 360) if has_video else (0, 0)
    media = Media(name, DURATION_S, *size, 25.0 if has_video else 0.0, has_video, has_audio)
    count = int(np.ceil(DURATION_S * STEPS_PER_S))
    result = Analysis(media=media, maps=Maps.empty(count))
    if has_audio:
        result.maps.sound = np.zeros((count, len(LABELS)), np.float16)
    if has_video:
        result.maps.object = np.zeros((count, len(LABELS), 20, 20), np.float32)
    if empty:
        result.clip = [ClipScore(label, 0.01, 0.01, 0.01, None) for label in LABELS]
        return result
    if has_audio:
        add_tags(result)
        result.maps.sound[: count // 2, LABELS.index("guitar")] = 0.93
        result.maps.sound[count // 2 :, LABELS.index("piano")] = 0.8
        result.events.append(Event("heard", "guitar", "Instrument", 0.0, DURATION_S / 2, 0.93))
    if has_video:
        x0, y0, x1, y1 = (round(corner * 20) for corner in BOX)
        result.maps.object[:, LABELS.index("guitar"), y0:y1, x0:x1] = 247 / 255
        result.boxes = [Box(step / STEPS_PER_S, "guitar", 0.97, 1, *BOX) for step in range(count)]
    result.clip = [
        ClipScore(row.label, row.score, row.heard if has_audio else None, row.seen if has_video else None, None)
        for row in CLIP
    ]
    return result


def add_tags(result: Analysis) -> None:
    """Tags throughout, and a tempo from the first second on."""
    scores = np.array([SOUNDS_LIKE.get(tag, 0.05) for tag in TAGS])
    count = len(result.maps.time_s)
    result.maps.tag_labels = TAGS
    result.maps.tags = np.tile(scores.astype(np.float16), (count, 1))
    result.tags = [TagScore(tag, GROUP_OF[tag], scores[TAGS.index(tag)]) for tag in TAGS]
    result.tags.sort(key=lambda tag: -tag.score)
    result.maps.tempo_bpm = np.where(np.arange(count) < 2, np.nan, BPM).astype(np.float32)
    result.tempo_bpm = BPM
    result.models = [ModelUsed("tags", "milo-tags", "1", "00", "bundled")]


def add_tracks(result: Analysis, folder: Path) -> None:
    """Two tracks and the rest, each a tone; the guitar plays a scale in the first half, the piano chords after it."""
    labels, time_s = ["guitar", "piano", "residual"], np.arange(round(DURATION_S * RATE_HZ)) / RATE_HZ
    early = time_s < DURATION_S / 2
    sounds = [0.5 * np.sin(2764 * time_s) * early, 0.3 * np.sin(1382 * time_s) * ~early, 0.01 * np.sin(9000 * time_s)]
    with (
        TrackWriters(folder, labels, RATE_HZ, channels=1) as writers,
        OpusWriter(folder / MIX, RATE_HZ, channels=2 * len(labels)) as mix,
    ):
        writers.write(np.array(sounds, np.float32)[:, None])
        mix.write(np.repeat(np.array(sounds, np.float32), 2, axis=0))
    likely = [
        {"label": "guitar", "score": 0.936},
        {"label": "ukulele", "score": 0.04},
        {"label": "harp", "score": 0.01},
    ]
    result.tracks = [
        Track("track-guitar.flac", "guitar", "notes", 14.2, 0.72, likely),
        Track("track-piano.flac", "piano", "notes", 1.4, 0.26, likely[::-1], "It may be the guitar <again>."),
        Track("track-residual.flac", "residual", "notes", None, 0.02, []),
    ]
    scale = [Note("guitar", k / 4, k / 4 + 0.2, 60 + k, 5.0, 0.9) for k in range(8)]
    chords = [Note("piano", 2 + k, 2.9 + k, midi, -3.0, 0.8) for k in range(2) for midi in (48, 52, 55)]
    result.notes = [*scale, *chords]


def survey(source: str | Path) -> Survey:
    """In place of `pipeline.survey`. The file's name says what it is: a text, a song, something long …"""
    name = Path(source).name
    if "text" in name:
        raise MiloError(f"{name} cannot be read as video or sound: choose another file.")
    has_video = "song" not in name
    size = (640, 360) if has_video else (0, 0)
    return Survey(name, LONG_S if "long" in name else DURATION_S, *size, has_video, True, [("track 1", 1)])


def waveform(source: str | Path, count: int) -> np.ndarray:
    """In place of `pipeline.waveform`: louder and louder."""
    return np.linspace(0, 1, count, dtype=np.float32)


def steps(source: str, options: AnalysisOptions, folder: Path, earlier: Path | None = None) -> Iterator[Progress]:
    """In place of `pipeline.steps`. What it finds depends on the file's name: silence, a song, something broken …"""
    name = Path(source).name
    yield Progress("read", 0.0)
    if "broken" in name:
        raise MiloError(f"{name} is not a video or sound file: choose another one.")
    if "fault" in name:
        raise ZeroDivisionError
    whole = analysis(has_video="song" not in name, empty="silence" in name, name=name)
    seen_as = "flat" if options.projection == "auto" else options.projection
    assumed = "wide" in name and options.projection == "auto"
    whole.media = replace(whole.media, projection=seen_as, projection_assumed=assumed)
    if "long" in name:  # of which as much is left as was asked for, as far as its length goes
        asked_s = min(options.duration_s or LONG_S, LONG_S)
        whole.media = replace(whole.media, source_s=LONG_S, duration_s=asked_s)
    if "damaged" in name:
        whole.media = replace(whole.media, source_s=3 * DURATION_S)
    whole.warnings = left_out(whole.media, options)
    whole.options = options
    if earlier and (corrections := Analysis.load(earlier).corrections):
        correct(whole, corrections)
    make_clip(folder / "video.mp4", whole.media.has_video)
    begun = Analysis(media=whole.media, maps=Maps.empty(len(whole.maps.time_s)), options=options)
    yield Progress("normalise", 1.0, begun)
    for fraction in np.linspace(0, 1, 1000 if "slow" in name else 2):
        yield Progress("hear", fraction, begun)
        time.sleep(0.1)
    begun.clip = [ClipScore(row.label, row.heard, row.heard, None, None) for row in whole.clip]
    for part in ("sound", "tags", "tag_labels", "tempo_bpm"):
        setattr(begun.maps, part, getattr(whole.maps, part))
    begun.tags, begun.tempo_bpm, begun.models = whole.tags, whole.tempo_bpm, whole.models
    yield Progress("hear", 1.0, begun)
    if whole.media.has_video:
        yield Progress("see", 1.0, whole)
    whole.timings_s = {"see": 0.1}
    if whole.media.has_audio and whole.clip[0].score > 0.5 and options.separator != "none":
        add_tracks(whole, folder)
        yield Progress("separate", 1.0, whole)
    whole.save(folder, ["video.mp4", *write_files(whole, folder)])
    yield Progress("write", 1.0, whole)


def played(source: str, options: AnalysisOptions, folder: Path, earlier: Path | None = None) -> Iterator[Progress]:
    """The same; then it is found out that the guitar is played, in the middle of its box, and where a hand is."""
    for progress in steps(source, options, folder):
        yield progress
        if progress.stage == "see" and (whole := progress.analysis):
            maps, guitar = whole.maps, LABELS.index("guitar")
            maps.action = np.zeros((*maps.object.shape[:2], 10, 20), np.float16)
            maps.action[:, guitar, 5:7, 6:9] = 1
            maps.played = maps.action.max(axis=(2, 3))
            maps.movement = np.zeros((len(maps.time_s), 10, 20), np.float16)
            maps.movement[:, 8:, 16:] = 0.9
            maps.hands = np.array([[time_s, 0.8, 0.2, 0.9] for time_s in maps.time_s], np.float32)
            whole.clip = [replace(row, played=float(row.label == "guitar")) for row in whole.clip]
            yield Progress("play", 1.0, whole)


def make_clip(path: Path, has_video: bool = True) -> None:
    """Grey picture, soft tone."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    if has_video:
        command += ["-f", "lavfi", "-i", f"color=0x606060:s=640x360:r=25:d={DURATION_S}"]
    command += ["-f", "lavfi", "-i", f"sine=440:d={DURATION_S}", "-pix_fmt", "yuv420p", "-movflags", "+faststart", path]
    subprocess.run(list(map(str, command)), check=True)
