"""From the empty page to a result and back, in a real browser: nobody is left guessing whose result it is."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui import drawn
from tests.ui.player.browser import PHONE, analyse, button, choose, eventually, in_a_browser, picture_is_there

pytestmark = in_a_browser

DROP = """([name, type]) => {
  const files = new DataTransfer();
  files.items.add(new File(['the drawn analysis goes by the name'], name, { type }));
  for (const kind of ['dragover', 'drop']) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
  }
}"""

SHIFTS = """
window.shifted = 0;
document.addEventListener('milo-shown', ({ target }) => { // from when a run has begun, results arrive
  if (target.dataset.state === 'busy') setTimeout(() => { window.shifted = 0; }, 800);
}, true);
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifted += shift.value;
}).observe({ type: 'layout-shift', buffered: true });
"""


@pytest.fixture(scope="module")
def address(all_found: str) -> str:
    return all_found


def drop(page: Page, name: str, kind: str = "video/mp4") -> None:
    page.evaluate(DROP, [name, kind])


def state(page: Page, name: str) -> None:
    expect(page.locator(".milo-player")).to_have_attribute("data-state", name)


def test_the_empty_player_is_the_way_in_and_a_file_can_be_replaced_at_any_time(visit, tmp_path):
    page = visit()
    expect(page.get_by_role("heading", name="Drop a music video")).to_be_visible()
    expect(page.locator("#milo-input")).to_be_hidden()
    with page.expect_file_chooser():
        button(page, "Choose a file").click()
    drop(page, "text.txt", "text/plain")
    expect(page.get_by_role("alert")).to_contain_text("text.txt cannot be read as video or sound")
    state(page, "idle")
    drop(page, "first.mp4")
    state(page, "chosen")
    expect(page.locator("#milo-refused")).to_be_hidden()
    expect(page.locator("#milo-named")).to_contain_text("first.mp4")
    expect(button(page, "Analyse")).to_be_focused()
    choose(page, "second.mp4", tmp_path)
    expect(page.locator("#milo-named")).to_contain_text("second.mp4")
    button(page, "Examples").click()
    expect(page.locator(".milo-picks button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".milo-invite")).to_be_hidden()


def test_whose_result_it_is_is_never_in_doubt(visit, tmp_path):
    page = visit()
    analyse(page, "first.mp4", tmp_path)
    picture_is_there(page)
    button(page, "Play").click()
    expect(button(page, "Pause")).to_be_visible()
    choose(page, "slow.mp4", tmp_path)
    expect(button(page, "Play")).to_be_visible()
    expect(page.locator(".milo-answer")).to_have_count(0)
    expect(page.locator(".milo-files a, .milo-track, .milo-row")).to_have_count(0)
    drop(page, "text.txt", "text/plain")
    expect(page.get_by_role("alert")).to_contain_text("Nothing else has changed.")
    expect(page.locator("#milo-named")).to_contain_text("slow.mp4")
    button(page, "Back to first.mp4").click()
    expect(page.locator(".milo-answer")).to_contain_text("guitar")
    expect(page.locator("#milo-named")).to_contain_text("first.mp4")

    picture_is_there(page)
    button(page, "Examples").click()
    page.locator(".milo-takes").click()
    button(page, "Back to the clip").click()
    button(page, "Play").click()  # what was clicked over the clip has not
    choose(page, "slow.mp4", tmp_path)
    button(page, "Analyse").click()
    expect(page.locator(".milo-status").first).to_contain_text("listening")
    expect(page.locator(".milo-screen")).to_be_focused()
    expect(button(page, "Play")).to_be_visible()
    drop(page, "third.mp4")
    expect(page.locator("#milo-named")).to_contain_text("third.mp4")
    button(page, "Cancel").click()
    expect(page.locator("#milo-where")).to_contain_text("Cancelled.")
    expect(page.locator("#milo-where")).to_contain_text("This is still the result of first.mp4.")
    expect(page.locator(".milo-answer")).to_contain_text("guitar")
    expect(button(page, "Play")).to_be_visible()
    page.reload()
    expect(page.locator(".milo-answer")).to_contain_text("guitar")
    expect(page.locator("#milo-named")).to_contain_text("first.mp4")


def test_the_part_is_chosen_on_the_waveform_and_what_was_left_out_is_had_by_a_click(visit, tmp_path):
    page = visit()
    choose(page, "long.mp4", tmp_path)
    upto, length = page.get_by_role("slider", name="Analyse up to"), page.get_by_label("For (s)")
    expect(page.locator(".milo-part output")).to_have_text("0:00 to 3:00 of 5:12 will be analysed")
    upto.press("ArrowLeft")
    expect(length).to_have_value("179")
    length.fill("60")
    expect(upto).to_have_attribute("aria-valuetext", "1:00.0")
    button(page, "all of it").click()
    expect(length).to_have_value("312")
    bar, handle = page.locator(".milo-part-bar").bounding_box(), upto.bounding_box()
    page.mouse.move(handle["x"] + 7, handle["y"] + 20)
    page.mouse.down()
    page.mouse.move(bar["x"] + bar["width"] / 4, handle["y"] + 20, steps=3)
    page.mouse.up()
    assert float(length.input_value()) == pytest.approx(drawn.LONG_S / 4, abs=2)
    button(page, "Analyse").click()
    page.locator(".milo-files a").first.wait_for()
    expect(page.locator("#milo-missing")).to_contain_text("of 5:12 is analysed.")
    button(page, "Analyse all 5:12").click()
    expect(page.locator("#milo-missing")).to_be_hidden()
    page.locator(".milo-files a").first.wait_for()
    expect(page.locator("#milo-missing")).to_be_hidden()
    button(page, "Another part").click()
    state(page, "chosen")


def test_handles_and_numbers_tell_of_the_same_part(visit, tmp_path):
    page = visit()
    choose(page, "slow-long.mp4", tmp_path)
    said, numbers = page.locator(".milo-part output"), [page.get_by_label(name) for name in ("From (s)", "For (s)")]
    for number, value in zip(numbers, ("10", "20.5"), strict=True):
        number.fill(value)
    expect(said).to_have_text("0:10 to 0:30 of 5:12 will be analysed")
    button(page, "Analyse").click()
    button(page, "Cancel").click()
    state(page, "chosen")
    expect(said).to_have_text("0:10 to 0:30 of 5:12 will be analysed")
    assert [number.input_value() for number in numbers] == ["10", "20.5"]
    choose(page, "slow-long.mp4", tmp_path)
    expect(said).to_have_text("0:00 to 3:00 of 5:12 will be analysed")
    expect(numbers[1]).to_have_value("180")


def test_dark_is_kept_when_the_page_is_loaded_again(visit):
    page = visit()
    button(page, "Light or dark").click()
    page.reload()
    expect(button(page, "Light or dark")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.body.classList.contains('dark')")
    page = visit("Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })")
    button(page, "Light or dark").click()
    expect(button(page, "Light or dark")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("window", [{"viewport": {"width": 1280, "height": 800}}, PHONE], ids=["desk", "phone"])
def test_what_matters_is_in_the_first_screen_and_hardly_moves_when_results_arrive(visit, tmp_path, window):
    page = visit(SHIFTS, **window)
    height, idle = window["viewport"]["height"], page.locator(".milo-ways").bounding_box()
    assert idle["y"] + idle["height"] < height, "the ways to begin"
    choose(page, "duet.mp4", tmp_path)
    page.evaluate("document.querySelector('#milo-analyse').click()")  # what follows an input would not count
    page.locator(".milo-files a").first.wait_for()
    page.locator("#milo-notes .js-plotly-plot").wait_for()
    for part in (".milo-screen", ".milo-controls", ".milo-answer", "#milo-timeline .nsewdrag"):
        box = page.locator(part).first.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height, part
    assert page.evaluate("window.shifted") <= 0.05


def test_room_is_kept_for_a_timeline_whose_chart_comes_late(visit, tmp_path):
    page = visit()
    page.route("**/PlotlyPlot*", lambda route: None)  # over a slow line it comes when the run has long ended
    choose(page, "duet.mp4", tmp_path)
    button(page, "Analyse").click()
    page.locator(".milo-files a").first.wait_for()
    expect(page.locator("#milo-cancel")).to_have_count(0)
    expect(page.locator("#milo-timeline .block")).to_be_attached()
    assert page.locator("#milo-timeline").bounding_box()["height"] >= 150


def test_keys_lead_from_the_start_to_a_file_on_the_disk(visit, tmp_path):
    page = visit()

    def tab_to(name: str) -> None:
        at = "(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()"
        for _ in range(150):
            if page.evaluate(at).startswith(name):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"keys do not lead to {name}")

    tab_to("Duet")
    page.keyboard.press("Enter")
    page.locator(".milo-files a").first.wait_for()
    eventually(lambda: page.evaluate("document.activeElement !== document.body"), "the focus is lost")
    tab_to("events.csv")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "events.csv"


def test_nothing_can_be_pressed_before_anybody_listens(visit):
    page = visit()
    pressed = "getComputedStyle(document.querySelector('[data-example]')).pointerEvents"
    assert page.evaluate(pressed) == "auto"
    page.evaluate("document.querySelector('.milo-player').removeAttribute('data-mounted')")
    assert page.evaluate(pressed) == "none"
