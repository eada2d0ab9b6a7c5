"""The collection's page: what it shows for a question, and how its clips are opened in the player."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from milo_demo.collection.clip import NOTE, of_analysis
from milo_demo.collection.embedding import SIZE
from milo_demo.collection.finding import Finder
from milo_demo.collection.overview import Totals, picture, totals
from milo_demo.collection.place import working
from milo_demo.collection.rows import rows
from milo_demo.collection.tables import add, compact
from milo_demo.errors import MiloError
from milo_demo.ui import build, look, results
from milo_demo.ui.collection import cards, charts, page
from milo_demo.ui.views import SAME
from tests.collection.made import collection as made
from tests.ui.player.browser import eventually, needs_chromium, visiting
from tests.ui.player.test_page_accessible import in_light_and_dark

CLIP, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture(scope="module")
def collection(analysed, tmp_path_factory) -> Path:
    """The drawn example, and a clip that was never one."""
    analysis, folder = analysed
    place = tmp_path_factory.mktemp("shown") / "collection"
    tuba = {"events": [("heard", "tuba", 1, 3, 0.9), ("heard", "xylophone", 0, 9, 0.8)], "tags": ["<slow>"]}
    made(place, {OTHER: tuba | {"name": "<b>tuba</b>.wav"}})
    with working(place) as there:
        found = of_analysis(analysis, CLIP, np.ones(SIZE, np.float32))
        note = {"clip_id": CLIP, "source": "/music/duet.mp4", "status": "done", "name": "duet.mp4"}
        found["clips"] = [row | note for row in found["clips"]]
        add(there, rows(found))
    shutil.copytree(folder, place / "clips" / CLIP)
    (place / "clips" / CLIP / NOTE).touch()
    return place


def test_a_question_is_answered_by_a_table_with_pictures_and_lanes(collection):
    wrong, table, more, _ = page.answered(collection, "guitar heard", "", page.ANYHOW, "")
    assert not wrong and not more["visible"] and f"./#result=collected-{CLIP}&amp;t=" in table
    assert "data:image/jpeg;base64," in table and 'aria-label="Lanes of ' in table and "1 clip<" in table


def test_filters_and_question_have_to_hold_together(collection):
    def names(*wish):
        return [name for name in (CLIP, OTHER) if f"collected-{name}" in page.answered(collection, *wish)[1]]

    assert names("", "", page.ANYHOW, "") == [CLIP, OTHER]
    assert names("", "tuba", "heard", "") == [OTHER] and names("", "tuba", "seen", "") == []
    assert names("no voice", "tuba", page.ANYHOW, "") == [OTHER]
    assert names("shorter than 18 s", "", page.ANYHOW, "") == [CLIP]
    assert names(f"like {CLIP}", "", page.ANYHOW, "") == []  # nothing else has been embedded


def test_what_a_file_is_called_is_no_part_of_the_page(collection):
    table = page.answered(collection, "tuba", "", page.ANYHOW, "")[1]
    assert "&lt;b&gt;tuba" in table and "<b>tuba" not in table and "sound</span>" in table


@pytest.mark.parametrize("wish, said", [
    (("theremin", "", "anyhow", ""), "is not understood"),
    (("", "theremin", "anyhow", ""), "is not understood"),
    (("", "", "anyhow", "unheard-of"), "none of the 188 tags"),
    (("like 0000000000000000", "", "anyhow", ""), "not in this collection"),
])  # fmt: skip
def test_what_makes_no_sense_is_said_on_the_page(collection, wish, said):
    wrong, table, *_ = page.answered(collection, *wish)
    assert said in wrong and table == ""


def test_charts_count_clips_and_hours_and_pairs(collection):
    told: Totals = totals(page.finder(collection))
    assert told.clips == 2 and told.clips_of["tuba"] == {"heard": 1}
    assert told.hours_of["xylophone"]["heard"] == pytest.approx(9 / 3600)
    often, _, together = charts.all_of(told)
    assert [trace.name for trace in often.data] == ["played", "seen", "heard"]
    assert "xylophone" in together.data[0].x and cards.table([], 0, {}, {}).startswith("<p")


def test_a_clip_without_a_picture_has_none(tmp_path):
    assert picture(tmp_path, 0.0) is None


def test_a_picture_is_as_old_as_its_clip(analysed, tmp_path):
    video, note = tmp_path / "video.mp4", tmp_path / NOTE
    note.touch()
    assert page.shown(tmp_path, 1.0) is None
    shutil.copy(analysed[1] / video.name, video)
    assert page.shown(tmp_path, 1.0)
    video.unlink()
    assert page.shown(tmp_path, 1.0), "it is remembered"
    os.utime(note, (1, 1))
    assert page.shown(tmp_path, 1.0) is None


def test_a_run_that_writes_its_tables_meanwhile_is_not_noticed(monkeypatch, tmp_path):
    there = made(tmp_path, {OTHER: {"events": [("heard", "tuba", 1, 3, 0.9)]}})
    now, before = page.finder, [Finder(tmp_path)]
    compact(there)
    monkeypatch.setattr(page, "finder", lambda folder: before.pop() if before else now(folder))
    wrong, table, *_ = page.answered(tmp_path, "tuba", "", page.ANYHOW, "")
    assert not wrong and f"collected-{OTHER}" in table


def test_a_clip_is_opened_in_a_folder_of_ones_own(collection, monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    results.home.cache_clear()
    view = results.opened(f"#result=collected-{CLIP}&t=2", collection)
    assert view.player["state"] == "ready" and Path(view.folder).parent == Path(results.home().name)
    copy = view.player["video"].split("/")[-2]
    results.discard(view.folder)
    assert results.opened(f"#result={copy}", collection).player["state"] == "ready", "the collection still has it"
    none = (f"collected-{CLIP}", None), (copy, None)
    wrong = ((f"collected-{OTHER}", collection), *none, ("collected-../..", collection))
    for address, place in wrong:
        gone = results.opened(f"#result={address}", place)
        assert "is gone" in gone.status and gone.player is SAME
    results.home.cache_clear()


def test_a_folder_that_is_no_collection_is_no_page(tmp_path):
    with pytest.raises(MiloError, match="is no collection"):
        build(tmp_path)


@needs_chromium
def test_in_the_browser_a_click_opens_the_clip_at_its_moment(collection, monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    results.home.cache_clear()
    built = build(collection)
    _, url, _ = built.launch(**look(), prevent_thread_lock=True, quiet=True)
    try:
        with visiting(url) as visit:
            window = visit.browser.new_page()
            window.goto(f"{url}collection?ask=guitar+heard")
            name = window.locator(".milo-clip-name")
            expect(name).to_have_text("duet.mp4")
            expect(window.get_by_label("Ask")).to_have_value("guitar heard")
            window.get_by_text("All of them in charts").click()
            expect(window.locator(".js-plotly-plot").last).to_be_visible()
            assert in_light_and_dark(window) == []
            wanted_s = float(str(name.get_attribute("href")).rpartition("t=")[2])
            name.click()
            expect(window.locator(".milo-player[data-state=ready]")).to_be_visible()
            time_s = "document.querySelector('.milo-player video').currentTime"
            eventually(lambda: abs(window.evaluate(time_s) - wanted_s) < 0.1, "the player is elsewhere")
    finally:
        built.close()
        results.home.cache_clear()
