"""Recording oneself on the page, in a real browser whose camera and microphone are made up."""

import re

import pytest
from playwright.sync_api import Page, expect

from milo_demo import pipeline
from milo_demo.ui import runs
from tests.ui import drawn
from tests.ui.player.browser import button, choose, needs_chromium, served, visiting

pytestmark = needs_chromium

REAL_SURVEY = pipeline.survey
DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
ELSEWHERE = "--host-resolver-rules=MAP localhost.test 127.0.0.1"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("served"), drawn.steps) as url:
        yield url


TAKEN = """
const taken = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => { window.devices = await taken(wish); return window.devices; };
"""


def recording(page: Page) -> None:
    """Begin, and be recorded for a moment."""
    button(page, "Start recording").click()
    page.locator(".milo-record[data-state=recording]").wait_for()
    page.wait_for_timeout(300)


def test_devices_that_go_away_end_a_recording_and_one_that_is_refused_or_thrown_away_is_gone(address, tmp_path):
    with visiting(address, *DEVICES) as visit:
        page = visit(TAKEN)
        button(page, "Record yourself").click()
        recording(page)
        page.evaluate(
            "devices.getTracks().forEach((track) => { track.stop(); track.dispatchEvent(new Event('ended')); })"
        )
        expect(button(page, "Record again")).to_be_visible()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pipeline, "survey", lambda source: drawn.survey("text"))
            button(page, "Analyse this").click()
            expect(page.locator("#milo-refused")).to_contain_text("choose another file")
        choose(page, "slow.mp4", tmp_path)
        page.wait_for_timeout(500)
        expect(page.locator(".milo-player")).to_have_attribute("data-state", "chosen")
        button(page, "Record").click()
        recording(page)
        page.locator(".milo-record-close").click()
        page.wait_for_timeout(500)
        kept = (
            "[document.querySelector('.milo-record').dataset.state, document.querySelector('.milo-record video').src]"
        )
        assert page.evaluate(kept) == ["off", ""]
        assert visit.wrong == []


def test_who_records_looks_at_it_first_and_then_it_is_analysed(address, monkeypatch):
    found, asked = [], []
    monkeypatch.setattr(pipeline, "survey", lambda source: found.append(REAL_SURVEY(source)) or found[-1])
    monkeypatch.setattr(runs, "steps", lambda *args: asked.append(args) or drawn.steps(*args))
    with visiting(address, *DEVICES) as visit:
        page = visit()
        button(page, "Record yourself").click()
        expect(page.locator(".milo-record-private")).to_contain_text("the machine that runs this page")
        button(page, "Start recording").click()
        expect(page.locator(".milo-count")).to_have_text("3")
        expect(page.locator(".milo-record-rate")).to_contain_text("s left")
        page.wait_for_timeout(1500)
        button(page, "Stop recording").click()
        expect(button(page, "Record again")).to_be_visible()
        look = "document.querySelector('.milo-record video')"
        assert page.evaluate(f"[{look}.srcObject, {look}.muted, {look}.controls]") == [None, False, True]
        button(page, "Analyse this").click()
        page.locator(".milo-files a").first.wait_for()
        expect(page.locator("#milo-named")).to_contain_text(re.compile(r"recording \d\d\.\d\d\.\d\d\.webm"))
        assert visit.wrong == []
    assert found[0].has_video and found[0].has_audio and 1 < found[0].duration_s < 6
    assert asked[0][1].duration_s >= found[0].duration_s, "all of it"


def test_elsewhere_it_says_where_the_recording_goes_and_why_there_is_none(address):
    with visiting(address.replace("127.0.0.1", "localhost.test"), *DEVICES, ELSEWHERE) as visit:
        page = visit()
        button(page, "Record").click()
        expect(page.locator(".milo-record-private")).to_contain_text("the machine that runs this page")
        expect(page.locator(".milo-record-note")).to_contain_text("over https")
