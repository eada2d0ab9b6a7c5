"""What the tests in a real browser share."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from milo_demo import pipeline
from milo_demo.ui import build, look, results, runs
from tests.ui import drawn

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
WINDOW = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="the page is tested in Chromium, which is not installed here"
)
in_a_browser = [needs_chromium, pytest.mark.usefixtures("_nothing_goes_wrong")]
"""Marks of a module whose tests look at the page through `visit`."""


@contextmanager
def served(folder: Path, steps: Callable | None = None) -> Iterator[str]:
    """The address of the page, served from this process; its files lie in `folder`.

    steps : in place of `pipeline.steps`; None: an analysis would be a real one
    """
    with pytest.MonkeyPatch.context() as patch:
        if steps:
            patch.setattr(runs, "steps", steps)
            patch.setattr(pipeline, "survey", drawn.survey)
            patch.setattr(pipeline, "waveform", drawn.waveform)
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        results.home.cache_clear()
        page = build()
        _, url, _ = page.launch(**look(), prevent_thread_lock=True, quiet=True)
        try:
            yield url
        finally:
            page.close()
            results.home.cache_clear()


class Visit:
    """Opens the page in a window of a visitor's own. Errors in the console of any of them, and requests to another
    machine, are noted in `wrong`."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self.wrong: list[str] = []

    def __call__(self, script: str = "", at: str = "", **options) -> Page:
        """script : what runs in the window before anything else
        at     : what follows the address
        """
        context = self.browser.new_context(**WINDOW | options)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(script)
        page = context.new_page()
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self.wrong.append(request.url) if leaves_the_machine(request.url) else None)
        page.goto(self.address + at)
        page.locator(".milo-player[data-mounted]").wait_for()
        return page


@contextmanager
def visiting(address: str, *flags: str) -> Iterator[Visit]:
    """Visits to the page in a browser that is started with these flags."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *flags])
        try:
            yield Visit(browser, address)
        finally:
            browser.close()


def leaves_the_machine(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:"))


def eventually(condition: Callable[[], bool], why: str = "") -> None:
    """The browser draws when it gets to it; give it the time that a busy machine needs."""
    deadline_s = time.monotonic() + PATIENCE_MS / 1000
    while not condition():
        assert time.monotonic() < deadline_s, why
        time.sleep(0.05)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def choose(page: Page, name: str, folder: Path) -> None:
    """Choose a file of this name, which is made in `folder`."""
    file = folder / name
    file.write_bytes(b"the drawn analysis goes by the name")
    taking = page.locator("#milo-source input[type=file]")
    taking.evaluate(
        "(input) => { input.value = ''; }"
    )  # as a click on its button does: else the same file is no change
    taking.set_input_files(file)
    expect(page.locator("#milo-where .milo-status")).to_contain_text(f"{name[-6:]} is ready to be analysed")
    expect(button(page, "Analyse")).to_be_enabled()


def analyse(page: Page, name: str, folder: Path) -> None:
    """Have a file of this name analysed; returns when everything is there."""
    choose(page, name, folder)
    button(page, "Analyse").click()
    page.locator(".milo-files a").first.wait_for()


def picture_is_there(page: Page) -> None:
    page.wait_for_function("document.querySelector('#milo-player video').readyState >= 2")


def video(page: Page, attribute: str):
    return page.evaluate(f"document.querySelector('#milo-player video').{attribute}")


def anything_painted(page: Page) -> bool:
    """Whether anything is drawn over the picture."""
    return page.evaluate(
        """() => {
          const canvas = document.querySelector('.milo-screen canvas');
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return data.some((value) => value > 0);
        }"""
    )
