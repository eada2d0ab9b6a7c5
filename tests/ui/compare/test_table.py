from pathlib import Path

import gradio as gr
import pytest
import soundfile

from milo_demo import saved
from milo_demo.saved import Heard, Take
from milo_demo.ui.compare import panel, table


@pytest.fixture
def takes(tmp_path: Path) -> list[Take]:
    for name in ("a.flac", "b.flac", "mask.png"):
        (tmp_path / name).write_bytes(b"some")
    tracks = (Heard("violin", tmp_path / "a.flac", ("violin", "erhu"), 7.25), Heard("residual", tmp_path / "b.flac"))
    return [
        Take("milo", tracks, tmp_path / "mask.png"),
        Take("deep-prior", tracks, tmp_path / "mask.png", 0.5, {"reconstruction": [3.0, 2.0], "binary mask": [0.1]}),
    ]


def test_each_track_is_a_button_with_its_figure_and_what_it_sounds_like(takes):
    html = table.as_html(takes[:1], ["milo", "nmf"])
    assert html.count("data-src=") == 2 and "a.flac" in html and "7.2" in html and "sounds like violin, erhu" in html
    assert "MILO: notes and masks" in html and "waits" in html and "NMF, told who plays" in html


def test_what_learns_shows_how_far_it_is_and_its_losses(takes):
    html = table.as_html(takes[1:], ["deep-prior"])
    assert "50\u202f%" in html and "<polyline" in html and "reconstruction 2.000" in html


def test_without_a_result_a_sentence_says_what_to_do():
    *_, (html, go, stop) = panel.run(None, ["milo"], 0, 6, 2, 600)
    assert "analyse a file first" in html and go["visible"] and not stop["visible"]


@pytest.fixture
def result(tmp_path: Path) -> Path:
    (tmp_path / "analysis.json").write_text("{}")
    return tmp_path


def test_an_empty_field_means_what_stood_in_it_at_first(result, monkeypatch):
    asked = []
    monkeypatch.setattr(saved, "compare", lambda *part, **how: asked.append((*part[2:], how)) or (it for it in ()))
    list(panel.run(str(result), ["milo"], None, None, None, None))
    assert asked == [(0, panel.SECONDS, {"sources": panel.SOURCES, "iterations": panel.ITERATIONS})]


@pytest.mark.parametrize("error", [FileNotFoundError, soundfile.LibsndfileError(2)])
def test_a_result_that_goes_meanwhile_is_a_sentence(result, monkeypatch, error):
    def compare(folder, *how, **more):
        yield []
        (folder / "analysis.json").unlink()
        raise error

    monkeypatch.setattr(saved, "compare", compare)
    for _ in "while", "before":
        *_, (html, go, stop) = panel.run(str(result), ["milo"], 0, 6, 2, 600)
        assert "This result is gone: analyse the file again." in html and go["visible"] and not stop["visible"]


def test_another_result_ends_a_comparison():
    with gr.Blocks() as page:
        panel.panel(gr.State(None), {})
    told = page.config["dependencies"]
    (run,) = (it["id"] for it in told if it["api_name"] == "run")
    assert [run] in [it["cancels"] for it in told if it["targets"][0][1] == "change"]
