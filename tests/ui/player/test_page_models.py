"""The panel of models, in a real browser: nothing is fetched without a click, and what was chosen is asked for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from milo_demo import large
from milo_demo.analysis import WordBox
from milo_demo.large.models import MODELS
from milo_demo.pipeline import AnalysisOptions, Progress
from tests.large import tiny
from tests.ui import drawn
from tests.ui.player.browser import analyse, button, choose, eventually, in_a_browser, served
from tests.weights.hub import Hub

pytestmark = in_a_browser

BYTES = bytes(range(256)) * 8_000
"""In place of numbers: nobody loads them here."""
FILES = {
    "htdemucs": {},
    "ast": {"config.json": b'{"architectures": ["ASTForAudioClassification"]}', "preprocessor_config.json": b"{}"},
    "owlv2": {"config.json": b'{"architectures": ["Owlv2ForObjectDetection"]}'},
}
WORD = (0.6, 0.3, 0.9, 0.6)
PATCH = """([x, y]) => {
  const canvas = document.querySelector('.milo-screen canvas');
  const [px, py] = [Math.round(x * canvas.width) - 3, Math.round(y * canvas.height) - 3];
  const { data } = canvas.getContext('2d').getImageData(px, py, 7, 7);
  return Math.max(...data.filter((value, at) => at % 4 === 0));
}"""
"""How red the brightest place is near one of the screen, in fractions of it."""
asked: list[AnalysisOptions] = []


def steps(source: str, options: AnalysisOptions, folder: Path, earlier: Path | None = None) -> Iterator[Progress]:
    """The drawn analysis, which notes what it is asked for, and finds every word at one place."""
    asked.append(options)
    large.require(*options.larger)
    for step in drawn.steps(source, options, folder):
        if step.analysis is not None and step.stage != "normalise":
            step.analysis.words = [WordBox(word, 0.0, drawn.DURATION_S, 0.9, *WORD) for word in options.words]
        yield step


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    server = Hub()
    yield server
    server.close()


@pytest.fixture(scope="module")
def address(hub, tmp_path_factory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch, served(tmp_path_factory.mktemp("served"), steps) as url:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(large.fetching, "find_spec", lambda package: True)  # they need not be installed for this
        for name, files in FILES.items():
            patch.setitem(MODELS, name, replace(MODELS[name], beside=tuple(files)))
            tiny.served(hub, patch, name, files | {MODELS[name].numbers: BYTES})
        yield url


@pytest.fixture
def page(visit, hub):
    """A page on which the panel is open, and no model on this computer."""
    for name in MODELS:
        large.remove(name)
    hub.asked.clear()
    hub.pause_s = 0.0
    asked.clear()
    page = visit()
    page.get_by_role("button", name="Models").click()
    expect(page.locator(".milo-models")).to_be_visible()
    return page


def test_the_panel_says_what_there_is_and_fetches_nothing(page, hub):
    table = page.locator(".milo-models")
    for model in MODELS.values():
        row = table.locator("tr", has_text=model.title).last
        for words in (model.better, model.licence, "× the clip’s length", "no"):
            expect(row).to_contain_text(words)
        expect(button(page, f"Fetch {model.title} ({model.megabytes} MB)")).to_be_enabled()
    assert hub.asked == []


def test_a_click_fetches_and_then_it_can_be_chosen(page, hub, tmp_path):
    button(page, "Fetch AST (2 MB)").click()
    expect(page.locator("#milo-fetched")).to_contain_text("AST is on this computer: choose it below.")
    expect(button(page, "AST is here")).to_be_disabled()
    expect(page.locator(".milo-models tr", has_text="AST").last).to_contain_text("yes")
    page.get_by_label("AST", exact=True).check()
    page.get_by_label("Look for, with OWLv2").fill("theremin, glass harp")
    choose(page, "duet.mp4", tmp_path)
    button(page, "Analyse").click()
    expect(page.locator("#milo-where")).to_contain_text("OWLv2 is not on this computer: fetch it under Models")
    button(page, "Fetch OWLv2 (2 MB)").click()
    expect(page.locator("#milo-fetched")).to_contain_text("OWLv2 is on this computer")
    button(page, "Analyse").click()
    page.locator(".milo-files a").first.wait_for()
    assert (asked[-1].ear, asked[-1].words, asked[-1].separator) == ("ast", ("theremin", "glass harp"), "notes")
    x0, _, _, y1 = WORD
    eventually(lambda: page.evaluate(PATCH, [x0, (y1 + WORD[1]) / 2]) > 240, "the word's box is white")


def test_cancelling_keeps_what_has_come(page, hub):
    hub.pause_s = 0.5
    button(page, "Fetch HTDemucs (2 MB)").click()
    expect(page.locator("#milo-fetched .milo-progress")).to_be_visible()
    expect(button(page, "Fetch AST (2 MB)")).to_be_disabled()
    eventually(lambda: "%" in page.locator("#milo-fetched").inner_text())
    button(page, "Cancel fetching").click()
    expect(page.locator("#milo-fetched")).to_contain_text("Cancelled. What has come is kept")
    assert not large.is_here("htdemucs")
    hub.pause_s = 0.0
    hub.asked.clear()
    expect(button(page, "Fetch HTDemucs (2 MB)")).to_be_enabled()
    button(page, "Fetch HTDemucs (2 MB)").click()
    expect(page.locator("#milo-fetched")).to_contain_text("HTDemucs is on this computer")
    assert int(hub.asked[0].split()[2]) > 0


def test_what_lacks_a_package_cannot_be_fetched_and_says_why(page, visit, monkeypatch):
    monkeypatch.setattr(large.fetching, "find_spec", lambda package: None if package == "demucs" else True)
    fresh = visit()
    fresh.get_by_role("button", name="Models").click()
    expect(button(fresh, "Fetch HTDemucs (2 MB)")).to_be_disabled()
    expect(button(fresh, "Fetch AST (2 MB)")).to_be_enabled()
    expect(fresh.locator(".milo-models")).to_contain_text("HTDemucs needs the package demucs, which is not installed")


def test_a_hub_that_says_no_is_one_sentence(page, hub, monkeypatch):
    monkeypatch.setitem(MODELS, "ast", replace(MODELS["ast"], revision="f" * 40))
    button(page, "Fetch AST (2 MB)").click()
    expect(page.locator("#milo-fetched [role=alert]")).to_contain_text("has no commit")


def test_who_knows_who_plays_asks_for_their_tracks(visit, tmp_path):
    page = visit()
    choose(page, "duet.mp4", tmp_path)
    expect(button(page, "Make their tracks")).to_be_hidden()
    button(page, "Analyse").click()
    expect(button(page, "Make their tracks")).to_be_visible()
    for name in ("French", "cello"):
        page.get_by_label("Everybody who plays").fill(name)
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    button(page, "Make their tracks").click()
    eventually(lambda: asked[-1].playing == ("french_horn", "cello"))
    page.locator(".milo-files a").first.wait_for()
    analyse(page, "melody.wav", tmp_path)
    assert asked[-1].playing == (), "another clip, others"


def test_without_a_choice_all_is_as_ever(page, tmp_path):
    analyse(page, "duet.mp4", tmp_path)
    assert asked[-1].larger == () and asked[-1].separator == "notes"
