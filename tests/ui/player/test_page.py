"""The running page in a real browser: what happens to a visitor, from the choice of a file to the result."""

import time
from itertools import count
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import expect

from milo_demo import pipeline, saved
from milo_demo.ui import results, runs
from tests.ui.player.browser import PHONE, analyse, anything_painted, button, choose, eventually, in_a_browser, video

pytestmark = in_a_browser


def folders() -> set[Path]:
    """The folders of all runs, whoever's."""
    return set(Path(results.home().name).iterdir())


def test_the_drawn_example_goes_all_the_way(visit, monkeypatch):
    monkeypatch.setattr(runs, "steps", pipeline.steps)
    page = visit()
    page.get_by_role("button", name="Duet a guitar played").click()
    page.locator(".milo-files a").first.wait_for()
    expect(page.locator(".milo-answer")).to_contain_text("guitar")
    expect(page.locator(".milo-badge")).to_be_visible()
    eventually(lambda: anything_painted(page), "nothing is drawn over the picture")


def test_every_control_has_a_name(duet):
    nameless = duet.evaluate(
        """[...document.querySelectorAll('button, input, select, a')].filter((control) =>
          control.offsetParent && !(control.ariaLabel || control.innerText?.trim() || control.labels?.length
          || control.title)).map((control) => control.outerHTML)"""
    )
    assert nameless == []


def test_the_verdict_comes_in_words_and_rows(duet):
    expect(duet.locator(".milo-answer")).to_have_text(
        "A guitar is heard and seen; a piano is heard but not in the picture; perhaps a cello."
    )
    rows = duet.locator(".milo-row:visible")
    expect(rows).to_have_count(4)
    expect(rows.nth(2)).to_contain_text("by ear only")
    expect(duet.locator(".milo-chip:visible")).to_have_count(4)


def test_cancel_leaves_nothing(visit, tmp_path):
    page = visit()
    choose(page, "slow.mp4", tmp_path)
    button(page, "Analyse").click()
    expect(page.locator(".milo-status")).to_contain_text("listening")
    expect(button(page, "Analyse")).to_be_disabled()
    before = folders()
    button(page, "Cancel").click()
    expect(page.locator(".milo-status")).to_contain_text("Cancelled")
    expect(button(page, "Analyse")).to_be_enabled()
    expect(page.locator(".milo-player")).to_have_attribute("data-state", "chosen")
    eventually(lambda: len(folders()) == len(before) - 1, "the cancelled run's folder is still there")


def test_an_error_is_a_sentence_and_the_page_goes_on(visit, tmp_path):
    page = visit()
    choose(page, "broken <b>'é.mp4", tmp_path)
    button(page, "Analyse").click()
    expect(page.get_by_role("alert")).to_contain_text(".mp4 is not a video or sound file: choose another one.")
    expect(button(page, "Analyse")).to_be_enabled()
    analyse(page, "silence.mp4", tmp_path)
    expect(page.locator(".milo-answer")).to_have_text("Nothing that MILO knows is heard or seen.")
    expect(page.locator(".milo-row:visible")).to_have_count(0)


def test_a_sound_file_is_played_and_shown_without_a_picture(visit, tmp_path):
    page = visit(color_scheme="dark")
    analyse(page, "song.mp3", tmp_path)
    expect(page.locator(".milo-answer")).to_have_text("A guitar and a piano are heard; perhaps a cello.")
    eventually(lambda: anything_painted(page), "there are no bars of what is heard")
    button(page, "Play").click()
    page.wait_for_function("document.querySelector('video').currentTime > 0.2")


def test_a_phone_needs_no_sideways_scrolling(visit, tmp_path):
    page = visit(**PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    analyse(page, "duet.mp4", tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_visitors_do_not_see_each_other(visit, duet, tmp_path):
    other = visit()
    choose(other, "slow.mp4", tmp_path)
    button(other, "Analyse").click()
    expect(other.locator(".milo-status")).to_contain_text("listening")
    assert video(other, "src") != video(duet, "src")
    expect(duet.locator(".milo-answer")).to_contain_text("A guitar")
    expect(button(duet, "Analyse")).to_be_enabled()
    button(other, "Cancel").click()
    expect(other.locator(".milo-status")).to_contain_text("Cancelled")


def test_the_annotated_video_is_made_on_request(duet):
    button(duet, "Make annotated video").click()
    link = duet.get_by_role("link", name="annotated.mp4")
    link.wait_for()
    with duet.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "annotated.mp4"
    assert Path(download.value.path()).stat().st_size > 1000


def test_while_the_video_is_drawn_the_result_stays_as_it_is(visit, tmp_path, monkeypatch):
    def annotate(folder, wish):
        for k in count():
            time.sleep(0.1)
            yield min(0.01 * k, 0.99)

    page = visit()
    analyse(page, "long.mp4", tmp_path)
    monkeypatch.setattr(saved, "annotate", annotate)
    changing = [button(page, name) for name in ("Analyse", "Analyse all 5:12", "Another part", "Make their tracks")]
    pencil = button(page, "Correct guitar")
    for _ in "once", "again":
        for control in changing:
            expect(control).to_be_enabled()
        expect(pencil).to_be_visible()
        button(page, "Make annotated video").click()
        for control in changing:
            expect(control).to_be_disabled()
        expect(pencil).to_be_hidden()
        expect(page.locator("#milo-stop")).to_contain_text("(3")
        page.locator("#milo-stop").click()
        expect(page.locator("#milo-where")).to_contain_text("The annotated video was not made")
    expect(page.locator(".milo-files a").first).to_be_visible()


def test_everything_can_be_taken_away_in_one_file(duet):
    button(duet, "Pack everything").click()
    link = duet.get_by_role("link", name="everything.zip")
    with duet.expect_download() as download:
        link.click()
    with ZipFile(download.value.path()) as archive:
        assert {"analysis.json", "video.mp4", "track-guitar.flac", "captions.vtt"} <= set(archive.namelist())


def test_a_click_tells_a_sphere_from_an_ordinary_picture(visit, tmp_path):
    page = visit()
    analyse(page, "wide.mp4", tmp_path)
    button(page, "This is a 360° picture: analyse again").click()
    page.locator(".milo-around").wait_for()
    button(page, "This is an ordinary picture: analyse again").click()
    expect(button(page, "This is a 360° picture: analyse again")).to_be_visible()
    expect(page.locator(".milo-around")).to_be_hidden()
    choose(page, "duet.mp4", tmp_path)
    expect(page.locator("#milo-again")).to_be_hidden()
