"""The player alone, in a frame of another page, in a real browser."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import expect

from tests.ui.player.browser import PATIENCE_MS, analyse, button, eventually, in_a_browser, picture_is_there

pytestmark = in_a_browser


@pytest.fixture
def around() -> Iterator[dict[str, str]]:
    """Another site's page; its ``frame`` is set before it is visited. ``address`` is its own."""
    told: dict[str, str] = {}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<iframe src='{told['frame']}' width=720 height=680></iframe>".encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told["address"] = f"http://localhost:{server.server_port}/"
    yield told
    server.shutdown()
    server.server_close()


def test_a_frame_shows_the_player_at_its_moment_and_what_belongs_to_it(visit, around, tmp_path):
    page = visit()
    analyse(page, "duet.mp4", tmp_path)
    picture_is_there(page)
    eventually(lambda: "result=clip-" in page.evaluate("location.hash"))
    moment = page.evaluate("location.hash") + "&t=3.00&layers=boxes"
    around["frame"] = f"{visit.address}?embed{moment}"
    outside = page.context.new_page()
    outside.goto(around["address"])
    inside = outside.frame_locator("iframe")
    expect(inside.locator(".milo-player")).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
    expect(inside.locator(".milo-answer")).to_contain_text("A guitar is heard and seen;")
    expect(inside.locator(".milo-time")).to_contain_text("0:03.0")
    expect(inside.get_by_label("seen where")).not_to_be_checked()
    expect(inside.locator("#milo-timeline .js-plotly-plot")).to_be_visible()
    for gone in (".milo-header", "#milo-input", "#milo-verdict", "#milo-files", "#milo-tracks", "#milo-compare",
                 "#milo-about", "#milo-where", ".milo-explain", "[data-do=link]"):  # fmt: skip
        expect(inside.locator(gone).first).to_be_hidden()
    assert outside.evaluate("document.activeElement.tagName") == "BODY", "the page around keeps the focus"
    with outside.context.expect_page() as opening:
        inside.locator(".milo-open").click()
    whole = opening.value
    whole.locator(".milo-files a").first.wait_for()
    assert "embed" not in whole.url and "t=3.00" in whole.url
    expect(button(whole, "Analyse")).to_be_visible()
    whole.close()
    outside.close()


def test_an_address_without_a_result_says_so_and_takes_nothing(visit):
    page = visit(at="?embed")
    expect(page.locator(".milo-player")).to_have_attribute("data-state", "idle")
    said = page.evaluate("getComputedStyle(document.querySelector('.milo-invite'), '::after').content")
    assert "names no result" in said
    for gone in ("choose", "record", "camera"):
        expect(page.locator(f".milo-invite [data-do={gone}]")).to_be_hidden()
    gone = visit(at="?embed#result=clip-" + "0" * 24)
    expect(gone.locator(".milo-alert")).to_contain_text("The result of this link is gone")
    expect(gone.locator(".milo-alert")).to_be_visible()


def test_the_whole_page_is_in_nobody_elses_frame(visit, around):
    around["frame"] = visit.address
    context = visit.browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(around["address"])
    eventually(lambda: any("frame-ancestors" in line for line in said))
    context.close()
