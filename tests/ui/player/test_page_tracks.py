"""The separated tracks on the page, in a real browser: they can be listened to, looked at and taken away."""

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from tests.ui import drawn
from tests.ui.player.browser import analyse, choose, eventually, in_a_browser, video

pytestmark = in_a_browser


def test_every_track_has_its_row(duet):
    tracks = duet.locator(".milo-track")
    expect(tracks).to_have_count(3)
    expect(tracks.nth(0)).to_contain_text("guitar")
    expect(tracks.nth(1)).to_contain_text("It may be the guitar <again>.")
    expect(tracks.nth(2)).to_contain_text("everything else")
    assert all(box["height"] > 30 for box in (wave.bounding_box() for wave in duet.locator(".milo-wave").all()))


def test_the_piano_roll_leads_and_follows(duet):
    area = duet.locator("#milo-notes .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    there, row = box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.3
    duet.mouse.move(there - 20, row)
    duet.mouse.move(there, row)
    expect(duet.locator("#milo-notes .hovertext").first).to_contain_text(re.compile(r"guitar E4 \+5 cents"))
    duet.mouse.click(there, row)
    eventually(lambda: video(duet, "currentTime") == pytest.approx(0.25 * drawn.DURATION_S, abs=0.05))
    eventually(lambda: duet.locator("#milo-notes .milo-playhead").bounding_box()["x"] == pytest.approx(there, abs=3))
    duet.locator(".milo-screen").focus()
    duet.keyboard.press("Home")


def test_tracks_and_notes_can_be_taken_away(duet):
    found = {}
    for link in duet.locator(".milo-download").all():
        with duet.expect_download() as download:
            link.click()
        found[download.value.suggested_filename] = Path(download.value.path()).read_bytes()
    assert set(found) == {"tracks.zip", "notes.mid"} and found["notes.mid"][:4] == b"MThd"
    with ZipFile(BytesIO(found["tracks.zip"])) as archive:
        names = {"track-guitar.flac", "track-piano.flac", "track-residual.flac", "notes.mid"}
        assert set(archive.namelist()) == names and archive.testzip() is None


def test_a_switch_leaves_them_out_and_the_next_run_takes_them_away(visit, tmp_path):
    page = visit()
    analyse(page, "duet.mp4", tmp_path)
    expect(page.locator(".milo-track")).to_have_count(3)
    page.get_by_label("Separate tracks").uncheck()
    choose(page, "duet.mp4", tmp_path)
    page.get_by_role("button", name="Analyse", exact=True).click()
    expect(page.locator(".milo-track")).to_have_count(0)
    page.locator(".milo-files a").first.wait_for()
    expect(page.locator("#milo-tracks h2")).to_have_count(0)
    expect(page.locator(".milo-download")).to_have_count(0)
    expect(page.locator("#milo-notes .js-plotly-plot")).to_have_count(0)
