import re
from dataclasses import replace
from pathlib import Path

import pytest

from milo_demo.analysis import Analysis
from milo_demo.options import AnalysisOptions
from milo_demo.ui.tracks import rows
from tests.ui import drawn


@pytest.fixture
def duet(tmp_path) -> tuple[Analysis, Path]:
    """An analysis with tracks, and the folder with their files."""
    analysis = drawn.analysis()
    drawn.add_tracks(analysis, tmp_path)
    return analysis, tmp_path


def items(html: str) -> list[str]:
    return re.findall(r"<li.*?</li>", html)


def edges(item: str) -> list[int]:
    """How far up the waveform of a row reaches, part by part."""
    upper = re.search(r'd="M([^"]*)Z"', item)[1].split()[: rows.PEAKS]
    return [100 - int(point.split(",")[1]) for point in upper]


def test_every_track_has_its_row_with_its_name_and_its_controls(duet):
    analysis, folder = duet
    guitar, piano, rest = items(rows.as_html(analysis, folder))
    assert "guitar" in guitar and "#E69F00" in guitar and "everything else" in rest and "piano" in piano
    assert "clear, about 14\u202fdB" in guitar and "mostly leak, about 1\u202fdB" in piano and "dB" not in rest
    assert "72\u202f% of the sound; sounds like guitar 93, ukulele 4, harp 1\u202f%" in guitar
    assert "2\u202f% of the sound" in rest and "sounds like" not in rest
    url = f"gradio_api/file={folder.as_posix()}/track-guitar.flac"
    assert re.search(rf'href="{url}\?\d+" download="track-guitar.flac"', guitar)
    assert {*re.findall(r'aria-label="([^"]*)"', rest)} == {
        "everything else",
        "everything else as FLAC",
        *(f"{act} everything else" for act in ("Solo", "Mute", "Only", "Volume of")),
        "Mute everything else in the part that is shown",
    }


def test_the_waveforms_share_one_scale_and_show_when_each_plays(duet):
    guitar, piano, rest = (edges(item) for item in items(rows.as_html(*duet)))
    assert max(guitar) == 100 and max(piano) == 60 and max(rest) == 2
    half = rows.PEAKS // 2
    assert min(guitar[:half]) > 90 and not any(guitar[half + 1 :]) and not any(piano[: half - 1])


def test_what_stands_in_a_record_is_text_and_not_markup(duet):
    analysis, folder = duet
    html = rows.as_html(analysis, folder)
    assert "the guitar &lt;again&gt;." in html and "<again>" not in html
    analysis.tracks = [replace(analysis.tracks[0], classified=[{"label": "<b>", "score": 1.0}])]
    assert "<b>" not in rows.as_html(analysis, folder)


@pytest.mark.parametrize("quality_db, words", [
    (10.0, "clear, about 10\u202fdB"), (9.9, "some leak, about 10\u202fdB"), (3.0, "some leak, about 3\u202fdB"),
    (2.9, "mostly leak, about 3\u202fdB"), (-7.2, "mostly leak, about −7\u202fdB"), (None, ""),
])  # fmt: skip
def test_quality_is_told_in_words(duet, quality_db, words):
    assert rows.quality(replace(duet[0].tracks[0], quality_db=quality_db)) == words


def test_without_tracks_there_is_nothing(tmp_path):
    assert rows.as_html(drawn.analysis(), tmp_path) == ""


def test_silent_tracks_are_lines(duet):
    analysis, folder = duet
    with drawn.TrackWriters(folder, ["tuba"], 8000, 1) as writers:
        writers.write(drawn.np.zeros((1, 1, 800), drawn.np.float32))
    analysis.tracks = [replace(analysis.tracks[0], path="track-tuba.flac", label="tuba")]
    (tuba,) = items(rows.as_html(analysis, folder))
    assert not any(edges(tuba))


def test_as_many_rows_are_kept_free_as_may_come():
    analysis = drawn.analysis()
    assert rows.pending(analysis).count("<li>") == 4, "the guitar, the piano, the cello, and the rest"
    analysis.options = AnalysisOptions(separator="none")
    assert rows.pending(analysis) == rows.pending(drawn.analysis(has_audio=False)) == ""


def test_what_there_is_can_be_taken_away(tmp_path):
    assert rows.downloads(tmp_path) == '<p class="milo-downloads"></p>'
    (tmp_path / "tracks.zip").write_bytes(bytes(1_234_567))
    html = rows.downloads(tmp_path)
    assert 'download="tracks.zip"' in html and "1.2\u202fMB" in html and "notes.mid" not in html


def test_players_of_one_instrument_share_a_row_that_says_so(duet):
    analysis, folder = duet
    assert "share this track" not in rows.as_html(analysis, folder)
    analysis.boxes += [replace(box, player=2, x0=0.6, x1=0.8) for box in analysis.boxes[::2]]
    guitar, piano, rest = items(rows.as_html(analysis, folder))
    assert "2 players of the guitar are in the picture" in guitar and "share this track" not in piano + rest
    analysis.boxes = [box for box in analysis.boxes if box.player == 1 or box.time_s < 1]
    assert not rows.shared(analysis, "guitar"), "for a moment only"
