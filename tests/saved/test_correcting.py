import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from milo_demo.analysis import Analysis
from milo_demo.corrections import Correction
from milo_demo.errors import MiloError
from milo_demo.export.files import write_files
from milo_demo.media import decode
from milo_demo.media.probe import probe
from milo_demo.pipeline import AnalysisOptions
from milo_demo.pipeline.intake import take_over
from milo_demo.saved import carry, correct, pack
from tests.ui import drawn

RENAMED = [Correction("guitar", "ukulele", 0.99)]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    list(drawn.steps("duet.mp4", AnalysisOptions(), folder))
    return folder


@pytest.fixture
def result(made, tmp_path) -> Path:
    """A result with tracks, as another visitor's copy of links."""
    for path in made.iterdir():
        os.link(path, tmp_path / path.name)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def sound(path: Path) -> np.ndarray:
    return soundfile.read(path)[0]


def mix(folder: Path) -> np.ndarray:
    """(channel, sample) at 48 kHz."""
    return np.concatenate(list(decode.pieces(probe(folder / "tracks.mp4"), 48_000, 0, drawn.DURATION_S)), axis=-1)


def test_a_new_name_is_in_every_file_and_can_be_taken_back(result, made):
    before = contents(made)
    analysis = correct(result, RENAMED)
    assert Analysis.load(result).to_json() == analysis.to_json() and analysis.corrections == RENAMED
    after = contents(result)
    assert set(after) == set(before) - {"track-guitar.flac"} | {"track-ukulele.flac"}
    assert after["track-ukulele.flac"] == before["track-guitar.flac"] and after["tracks.mp4"] == before["tracks.mp4"]
    assert b"ukulele" in after["notes.mid"] and b"Corrected by hand: guitar is a ukulele" in after["notes.mid"]
    assert b"was guitar" in after["events.csv"] and b"was guitar" in after["labels.txt"]
    assert "NOTE corrected by hand: guitar is a ukulele" in after["captions.vtt"].decode()
    assert contents(made) == before, "another visitor's copy stays as it is"
    correct(result, [])
    assert contents(result) == before


def test_two_tracks_under_one_name_become_one(result, made):
    correct(result, [Correction("guitar", "piano", 0.99)])
    both = sound(made / "track-guitar.flac") + sound(made / "track-piano.flac")
    assert sound(result / "track-piano.flac") == pytest.approx(both, abs=1e-6)
    analysis = Analysis.load(result)
    assert [(track.label, track.path) for track in analysis.tracks] == [
        ("piano", "track-piano.flac"), ("residual", "track-residual.flac"),
    ]  # fmt: skip
    assert analysis.tracks[0].energy == pytest.approx(0.98) and analysis.tracks[0].quality_db is None
    before, after = mix(made), mix(result)
    assert len(before) == 6 + 4 and len(after) == 4, "silent ones behind six"
    assert np.abs(after[0] - before[0] - before[2]).max() < 0.05, "coded twice"


def test_the_sound_of_whom_is_struck_out_is_nobodys(result, made):
    correct(result, [Correction("guitar", None, 0.99)])
    assert not (result / "track-guitar.flac").exists()
    both = sound(made / "track-guitar.flac") + sound(made / "track-residual.flac")
    assert sound(result / "track-residual.flac") == pytest.approx(both, abs=1e-6)
    assert [track.label for track in Analysis.load(result).tracks] == ["piano", "residual"]
    assert np.abs(mix(result)[2] - mix(made)[0] - mix(made)[4]).max() < 0.05


def test_what_was_packed_before_goes_because_it_is_no_longer_true(result):
    pack(result)
    correct(result, RENAMED)
    assert not (result / "everything.zip").exists()
    pack(result)
    assert (result / "everything.zip").exists()


def test_corrections_start_from_what_was_found(result):
    correct(result, RENAMED)
    analysis = correct(result, [Correction("guitar", "banjo", 0.99)])
    assert [track.label for track in analysis.tracks] == ["banjo", "piano", "residual"]


def test_where_only_the_tracks_were_made_anew_corrections_can_still_be_undone(result, tmp_path_factory):
    correct(result, RENAMED)
    new = tmp_path_factory.mktemp("new")
    analysis = take_over(result, new, AnalysisOptions(players="ukulele"))
    drawn.add_tracks(analysis, new)
    analysis.tracks = [analysis.tracks[0], analysis.tracks[2]]
    analysis.save(new, ["video.mp4", *write_files(analysis, new)])
    assert analysis.corrections == RENAMED
    carry(result, new)
    undone = correct(new, [])
    assert undone.corrections == [] and undone.clip[0].label == "guitar" and undone.options.players == "ukulele"
    assert [track.label for track in undone.tracks] == ["guitar", "residual"]
    for becomes in ("ukulele", "banjo"):
        again = correct(new, [Correction("guitar", becomes, 0.99), Correction("piano", "accordion", 0.82)])
        assert [track.label for track in again.tracks] == [becomes, "residual"]
        assert {note.label for note in again.notes} == {becomes, "accordion"}
        assert sound(new / f"track-{becomes}.flac").shape == sound(result / "track-ukulele.flac").shape


def test_where_a_new_track_has_the_name_of_what_was_renamed_no_track_is_lost(result, tmp_path_factory):
    correct(result, RENAMED)
    new = tmp_path_factory.mktemp("new")
    analysis = take_over(result, new, AnalysisOptions())
    drawn.add_tracks(analysis, new)  # a guitar after all …
    piano = analysis.tracks[1]
    analysis.tracks[1] = replace(piano, label="ukulele", path="track-ukulele.flac")  # … beside what was called one
    (new / piano.path).rename(new / "track-ukulele.flac")
    analysis.notes = []
    analysis.save(new, ["video.mp4", *write_files(analysis, new)])
    carry(result, new)
    assert [track.label for track in correct(new, []).tracks] == ["guitar", "ukulele", "residual"]
    assert sound(new / "track-guitar.flac").any() and sound(new / "track-ukulele.flac").any()


@pytest.mark.parametrize("error, words", [
    (MiloError("The disk is full."), "is full"),
    (OSError(28, "No space left on device"), "make room on the disk"),
])  # fmt: skip
def test_a_failure_is_a_sentence_and_leaves_all_as_it_was(result, monkeypatch, error, words):
    def full(*_):
        raise error

    correct(result, RENAMED)
    before = contents(result)
    monkeypatch.setattr("milo_demo.saved.correcting.write_files", full)
    with pytest.raises(MiloError, match=words):
        correct(result, [Correction("piano", None, 0.82)])
    assert contents(result) == before and {path.name for path in result.iterdir() if path.is_dir()} == {".found"}


def test_no_result_is_a_sentence(tmp_path):
    with pytest.raises(MiloError, match="no readable analysis"):
        correct(tmp_path, [])
    assert list(tmp_path.iterdir()) == []
