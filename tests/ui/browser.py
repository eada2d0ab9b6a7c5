"""What the tests in a real browser share."""

import os
import shutil
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 60_000
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="the page is tested in Chromium, which is not installed here"
)


def leaves_the_machine(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:"))


def open_watched(page: Page, address: str, wrong: list[str]) -> None:
    """Open MILO's page; errors, and requests to anywhere else, are noted in `wrong`."""
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if leaves_the_machine(request.url) else None)
    page.goto(address)
    page.locator(".milo-player[data-state=idle]").wait_for()


def eventually(condition: Callable[[], bool], why: str = "") -> None:
    """The browser draws when it gets to it; give it the time that a busy machine needs."""
    deadline_s = time.monotonic() + PATIENCE_MS / 1000
    while not condition():
        assert time.monotonic() < deadline_s, why
        time.sleep(0.05)


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)
