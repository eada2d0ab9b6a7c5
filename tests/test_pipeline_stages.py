"""The order of things, with senses that know nothing: fast, and every call can be looked at."""

import tempfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import numpy as np
import pytest
from torch import nn

from milo_demo import Analysis, AnalysisOptions, MiloError, analyse, pipeline
from milo_demo.analysis import ModelUsed, Note, Track
from milo_demo.features.tempo import Tempo
from milo_demo.geometry import Detection
from milo_demo.grid import steps_in
from milo_demo.hearing.listen import Heard
from milo_demo.instruments import LABELS
from milo_demo.media.probe import probe
from milo_demo.pipeline import Progress, look, steps, warm
from milo_demo.playing.play import Played
from milo_demo.saved import Look, annotate
from milo_demo.seeing.detect import Eye
from milo_demo.seeing.watch import Seen
from milo_demo.separation.separated import Separated
from milo_demo.tags import TAGS
from tests.media.making import clip, ffmpeg, picture, sound

ROLES = ("sound", "object", "hands", "owner")
EAR, EYE, FINDER, HAND = (ModelUsed(role, "stub", "1", "00", "bundled") for role in ROLES)
FILES = {"video.mp4", "analysis.json", "maps.npz", "events.csv", "events.xlsx", "labels.txt", "captions.vtt"}
SEPARATED = {"track-violin.flac", "track-residual.flac", "notes.mid", "tracks.zip"}


class Senses:
    """What the stages were asked, and which of them were closed."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple] = {}
        self.closed: list[str] = []

    def listen(self, *asked):
        self.asked["hear"] = asked
        count = steps_in(asked[2])
        instruments = np.full((count, len(LABELS)), 0.75, np.float16)
        try:
            yield 0.25
            yield 1.0
        finally:
            self.closed.append("hear")
        tags, onsets = np.zeros((count, len(TAGS)), np.float16), np.zeros((32 * count, 4), np.float32)
        return Heard(instruments, tags, Tempo(np.zeros(count, np.float32)), None, (EAR,), onsets)

    def watch(self, *asked):
        self.asked["see"] = asked
        count = steps_in(asked[1].duration_s)
        yield 0.5
        return Seen(np.zeros((count, len(LABELS), 2, 2), np.float32), [{} for _ in range(count)], LABELS, (EYE,))

    def play(self, *asked):
        self.asked["play"] = asked
        steps = len(asked[1].seen)
        yield 0.5
        maps, scores = np.zeros((steps, len(LABELS), 2, 2), np.float16), np.zeros((steps, len(LABELS)), np.float32)
        nobody, nothing = [{} for _ in range(steps)], [[] for _ in range(steps)]
        return Played(maps, scores, scores, nobody, nothing, (FINDER,), maps[:, 0])

    def separate(self, *asked):
        self.asked["separate"] = asked
        yield 0.5
        tracks = []
        for label in ("violin", "residual"):
            tracks.append(Track(f"track-{label}.flac", label, "notes", None, 0.5, []))
            (asked[4] / tracks[-1].path).write_bytes(label.encode())
        return Separated(tuple(tracks), (Note("violin", 0.5, 1.0, 69, 0.0, 0.5),), ("One is left over.",), (HAND,))

    def draw(self, *asked):
        self.asked["annotate"] = asked
        yield 0.75
        asked[2].write_bytes(b"drawn")


@pytest.fixture
def senses(monkeypatch) -> Senses:
    senses, seconds = Senses(), iter(range(1000))
    monkeypatch.setattr("milo_demo.hearing.listen.listen", senses.listen)
    monkeypatch.setattr("milo_demo.seeing.watch.watch", senses.watch)
    monkeypatch.setattr("milo_demo.playing.witness.Witness", lambda spherical, mover: ("witness", spherical))
    monkeypatch.setattr("milo_demo.playing.play.play", senses.play)
    monkeypatch.setattr("milo_demo.separation.separate.separate", senses.separate)
    monkeypatch.setattr("milo_demo.export.render.annotate", senses.draw)
    monkeypatch.setattr(pipeline, "time", SimpleNamespace(perf_counter=lambda: 3 * next(seconds)))
    return senses


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> Path:
    return clip(tmp_path_factory.mktemp("clips") / "both.mp4", duration_s=1.5)


@pytest.fixture(scope="module")
def mute(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "mute.mp4"
    ffmpeg(*picture(1.5), path)
    return path


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "song.wav"
    ffmpeg(*sound(1.5), path)
    return path


def said(progress: list[Progress], *stages: str) -> list[tuple[str, float, int | None]]:
    """Stage, fraction and how many models have spoken, without repetitions: how often FFmpeg reports is its own."""
    rows = [(p.stage, p.fraction, None if p.analysis is None else len(p.analysis.models)) for p in progress]
    return list(dict.fromkeys(row for row in rows if row[0] in stages))


def test_the_stages_follow_each_other_and_the_analysis_grows(senses, both, tmp_path):
    progress = list(steps(both, AnalysisOptions(annotated=True), tmp_path))
    stages = ["read", "normalise", "hear", "see", "play", "separate", "annotate", "write"]
    assert list(dict.fromkeys(p.stage for p in progress)) == stages
    assert said(progress, "read") == [("read", 0.0, None), ("read", 0.5, None)]
    assert said(progress, "normalise")[0] == ("normalise", 0.0, None)
    assert said(progress, "normalise")[-1] == ("normalise", 1.0, 4), "of one and the same analysis, which has grown"
    hear, see = said(progress, "hear"), said(progress, "see")
    assert [row[:2] for row in hear] == [("hear", 0.0), ("hear", 0.25), ("hear", 1.0)]
    assert [row[:2] for row in see] == [("see", 0.0), ("see", 0.5), ("see", 1.0)]
    assert said(progress, "play") == [("play", 0.0, 4), ("play", 0.5, 4), ("play", 1.0, 4)]
    assert said(progress, "separate") == [("separate", 0.0, 4), ("separate", 0.5, 4), ("separate", 1.0, 4)]
    assert said(progress, "annotate", "write") == [("annotate", 0.0, 4), ("annotate", 0.75, 4), ("write", 1.0, 4)]


def test_what_each_sense_has_said_is_known_before_the_next_begins(senses, both, tmp_path):
    known = {}
    for step in steps(both, AnalysisOptions(), tmp_path):
        known[step.stage, step.fraction] = None if step.analysis is None else list(step.analysis.models)
    assert known["normalise", 0.0] is None and known["hear", 0.0] == []
    assert known["see", 0.0] == [EAR] and known["see", 1.0] == known["play", 0.5] == [EAR, EYE]
    assert known["play", 1.0] == known["separate", 0.5] == [EAR, EYE, FINDER]
    assert known["separate", 1.0] == known["write", 1.0] == [EAR, EYE, FINDER, HAND]


def test_each_stage_is_asked_for_the_part_and_the_threshold(senses, both, tmp_path):
    options = AnalysisOptions(start_s=0.5, duration_s=0.8, threshold=0.25, annotated=True)
    *_, last = steps(both, options, tmp_path)
    source, start_s, duration_s, threshold, ear = senses.asked["hear"]
    assert (source.path, start_s, threshold, ear) == (both, 0.5, 0.25, "milo")
    assert duration_s == last.analysis.media.duration_s == pytest.approx(0.8, abs=0.05)
    witness = ("witness", False)
    assert senses.asked["see"] == (tmp_path / "video.mp4", last.analysis.media, 0.25, witness, sorted(LABELS))
    assert senses.asked["play"][0] == witness and senses.asked["play"][2] == last.analysis.media
    source, *rest = senses.asked["separate"]
    assert source.path == both and rest == [0.5, duration_s, last.analysis, tmp_path]
    assert senses.asked["annotate"] == (tmp_path / "video.mp4", last.analysis, tmp_path / "annotated.mp4", Look(0.25))
    assert last.analysis.options == options


def test_the_medium_is_described_as_its_copy_is(senses, both, tmp_path):
    *_, last = steps(both, AnalysisOptions(), tmp_path)
    media = last.analysis.media
    assert (media.source_name, media.width, media.height, media.fps) == ("both.mp4", 160, 90, 25)
    assert (media.has_video, media.has_audio, media.projection) == (True, True, "flat")
    assert len(last.analysis.maps.time_s) == steps_in(media.duration_s) == 3
    assert last.analysis.warnings == ["One is left over."]


def test_a_projection_that_is_asked_for_is_believed(senses, both, tmp_path):
    *_, last = steps(both, AnalysisOptions(projection="equirectangular"), tmp_path)
    assert last.analysis.media.is_spherical


def test_the_result_is_written_with_the_time_that_each_stage_took(senses, both, tmp_path):
    *_, last = steps(both, AnalysisOptions(), tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == FILES | SEPARATED
    assert last.analysis.timings_s == {"read": 3, "normalise": 3, "hear": 3, "see": 3, "play": 3, "separate": 3}
    assert Analysis.load(tmp_path).timings_s == last.analysis.timings_s
    assert (tmp_path / "events.csv").read_text().count("heard,") == len(LABELS)


def test_a_clip_without_sound_is_only_seen_and_says_so(senses, mute, tmp_path):
    progress = list(steps(mute, AnalysisOptions(), tmp_path))
    assert not {"hear", "separate"} & {p.stage for p in progress} and progress[-1].analysis.models == [EYE, FINDER]
    assert progress[-1].analysis.warnings == ["The clip has no sound: only what is seen is shown."]


def test_a_clip_without_a_picture_is_only_heard_and_never_drawn(senses, song, tmp_path):
    progress = list(steps(song, AnalysisOptions(annotated=True), tmp_path))
    assert not {"see", "play", "annotate"} & {p.stage for p in progress} and progress[-1].analysis.models == [EAR, HAND]
    assert progress[-1].analysis.warnings[0] == "The clip has no picture: only what is heard is shown."


def test_what_was_separated_is_in_the_result_and_is_its_own(senses, both, tmp_path):
    analyse(both, out=tmp_path / "result")
    found = Analysis.load(tmp_path / "result")
    assert [track.label for track in found.tracks] == ["violin", "residual"] and len(found.notes) == 1
    assert {file.name for file in (tmp_path / "result").iterdir()} == FILES | SEPARATED
    with ZipFile(tmp_path / "result" / "tracks.zip") as archive:
        assert set(archive.namelist()) == SEPARATED - {"tracks.zip"}
    analyse(both, AnalysisOptions(separator="none"), out=tmp_path / "result")
    assert {file.name for file in (tmp_path / "result").iterdir()} == FILES


def test_without_a_separator_nothing_is_separated(senses, both, tmp_path):
    *_, last = steps(both, AnalysisOptions(separator="none"), tmp_path)
    assert "separate" not in senses.asked and {file.name for file in tmp_path.iterdir()} == FILES
    assert (last.analysis.tracks, last.analysis.notes, last.analysis.models) == ([], [], [EAR, EYE, FINDER])


def test_tracks_want_room_on_the_disk(both):
    found = probe(both)
    plain, whole = (pipeline.intake.size(found, AnalysisOptions(separator=name)) for name in ("none", "notes"))
    assert whole - plain == pytest.approx(16 * found.audio_rate_hz * found.audio_channels * 1.5, rel=0.05)


def test_all_warnings_are_kept_in_order(senses, mute, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(pipeline.intake, "span", lambda *args: asked.append(args[1:]) or (1.0, ["too long"]))
    *_, last = steps(mute, AnalysisOptions(start_s=0.25, duration_s=1), tmp_path)
    assert last.analysis.warnings[1:] == ["too long"] and asked == [(0.25, 1)]


def test_stopping_early_closes_the_stage_at_work(senses, both, tmp_path):
    with closing(steps(both, AnalysisOptions(), tmp_path)) as progress:
        while next(progress).fraction != 0.25:
            assert senses.closed == []
    assert senses.closed == ["hear"] and "see" not in senses.asked


def test_the_plain_call_tells_every_stage_and_returns_the_result(senses, both, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told, folders = [], []

    def on_stage(stage: str, fraction: float) -> None:
        told.append((stage, fraction))
        folders.extend(path.name for path in tmp_path.iterdir())

    analysis = analyse(both, on_stage=on_stage)
    assert analysis.models == [EAR, EYE, FINDER, HAND] and analysis.options == AnalysisOptions()
    assert told[0] == ("read", 0.0) and ("hear", 0.25) in told and told[-1] == ("write", 1.0)
    assert {name[:5] for name in folders} == {"milo-"}
    left = [path for path in tmp_path.rglob("*") if path.is_file() and not path.name.endswith(".lock")]
    assert left == [], "nothing is left"


def test_the_plain_call_moves_the_result_where_it_is_wanted(senses, both, tmp_path):
    out = tmp_path / "new" / "folder" / "result"
    within = set()
    analyse(both, AnalysisOptions(annotated=True), out=str(out), on_stage=lambda *_: within.update(out.iterdir()))
    assert {file.name for file in out.iterdir()} == FILES | SEPARATED | {"annotated.mp4"}
    assert {path.name[:6] for path in within} == {".milo-"}, "hidden, on the same disk"
    analyse(both, out=out)
    assert {file.name for file in out.iterdir()} == FILES | SEPARATED and list(out.parent.iterdir()) == [out]


def test_a_mistake_leaves_no_folder(senses, tmp_path):
    with pytest.raises(MiloError, match="does not exist"):
        analyse(tmp_path / "missing.mp4", out=tmp_path / "result")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_is_looked_at_once_by_the_eye(monkeypatch):
    picture, asked = np.zeros((16, 20, 3), np.uint8), []
    eye = Eye(*(nn.Identity() for _ in range(4)))  # pyright: ignore[reportArgumentType]

    def seen(frame, eye):
        asked.append((frame is picture, eye.trunk, eye.closeup))
        return SimpleNamespace(found=[[Detection(3, 0.9, 0.1, 0.2, 0.3, 0.4), Detection(5, 0.1, 0, 0, 1, 1)]])

    monkeypatch.setattr("milo_demo.seeing.detect.load", lambda: eye)
    monkeypatch.setattr("milo_demo.seeing.detect.look", seen)
    assert look(picture) == [(3, 0.9, 0.1, 0.2, 0.3, 0.4), (5, 0.1, 0, 0, 1, 1)] and asked == [(True, eye.trunk, None)]
    for size in ((15, 20, 3), (20, 15, 3)):
        with pytest.raises(MiloError, match=r"^The picture is smaller than 16 pixels: send a larger one\.$"):
            look(np.zeros(size, np.uint8))


def test_a_result_is_drawn_later_as_it_was_decided(senses, both, tmp_path):
    analyse(both, AnalysisOptions(threshold=0.25), out=tmp_path / "result")
    assert list(annotate(tmp_path / "result")) == [0.75]
    video, analysis, out, look, sound = senses.asked["annotate"]
    assert (video.name, out.name, look, sound) == ("video.mp4", "annotated.mp4", Look(0.25), None)
    assert video.parent == out.parent == tmp_path / "result" and analysis.models == [EAR, EYE, FINDER, HAND]


def test_all_models_are_loaded_ahead_as_far_as_they_can_be_had(monkeypatch):
    loaded, warmed = [], []

    def load(role: str) -> None:
        loaded.append(role)
        if role == pipeline.weights.ASKED[0]:
            raise MiloError("It is not there.")

    monkeypatch.setattr(pipeline.weights, "load", load)
    monkeypatch.setattr("milo_demo.features.tempo.warm", lambda: warmed.append(True))
    warm()
    assert loaded == list(pipeline.weights.ASKED) and warmed == [True]
