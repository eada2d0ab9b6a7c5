"""What is done with a result that is there."""

import os
import re
import shutil
from pathlib import Path

import pytest

from milo_demo import saved
from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.options import AnalysisOptions
from milo_demo.saved import Look, Wish
from milo_demo.ui import results, runs, views
from milo_demo.ui.results import EXAMPLES
from milo_demo.ui.views import SAME
from tests.ui import drawn


@pytest.fixture(autouse=True)
def _drawn_steps(monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "steps", drawn.steps)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    results.home.cache_clear()
    yield
    results.home.cache_clear()


def analysed(source: str = "duet.mp4") -> Path:
    """The folder of a result."""
    return Path([view.folder for view in runs.analyse(source, 0, 20, None) if view.folder is not SAME][-1])


def test_an_address_without_a_result_changes_nothing():
    for address in ("", "#", "#t=3"):
        assert all(it is SAME for it in results.opened(address))


def test_a_result_can_be_opened_by_its_name_and_stays_when_the_first_goes():
    first = analysed()
    view = results.opened(f"#result={first.name}&t=2")
    assert view.player["state"] == "ready" and view.player["maps"] and "guitar" in view.answer
    assert "milo-mixer" in view.separated and "analysis.json" in view.files and view.strips["visible"]
    assert view.analyse == {"interactive": False, "__type__": "update"}, "there is no file to analyse"
    second = Path(view.folder)
    assert second != first and view.player["video"].split("/")[-2] == second.name
    results.discard(str(first))
    assert Analysis.load(second).clip and (second / "video.mp4").is_file()
    assert results.opened(f"#result={second.name}").player["state"] == "ready"


@pytest.mark.parametrize("name", ["clip-0123456789abcdef01234567", "../../etc", "clip-x", "%2e%2e", "a b"])
def test_a_result_that_is_not_there_is_a_sentence_and_leaves_nothing(name):
    view = results.opened(f"#result={name}")
    assert "The result of this link is gone." in view.status and view.player is SAME
    assert list(Path(results.home().name).iterdir()) == []


def test_what_is_just_made_of_a_result_is_not_anothers_too():
    first = analysed()
    for name in (".annotated.mp4.part", ".annotated.mp4.flac", ".everything.zip.part"):
        (first / name).write_bytes(b"begun")
    list(results.correct(str(first), '{"shown": "guitar", "becomes": "ukulele"}'))
    second = Path(results.opened(f"#result={first.name}").folder)
    assert {path.name for path in second.iterdir() if path.name.startswith(".")} == {".found"}


def test_an_address_opens_no_other_folder_of_the_machine(tmp_path):
    elsewhere = tmp_path / "elsewhere" / f"clip-{24 * '0'}"
    shutil.copytree(analysed(), elsewhere)
    there = set(Path(results.home().name).iterdir())
    for name in (elsewhere, os.path.relpath(elsewhere, results.home().name), next(iter(there)) / ".."):
        assert "is gone" in results.opened(f"#result={name}").status
    assert set(Path(results.home().name).iterdir()) == there


def test_the_result_of_an_example_can_be_had_again():
    example = EXAMPLES / "drawn_duet.mp4"
    folder = analysed(str(example))
    assert results.opened(f"#result={folder.name}").player["drawn"]
    results.discard(str(folder))
    for name in (folder.name, example.stem):
        assert results.opened(f"#result={name}").player == {"state": "idle", "example": "drawn_duet"}


def test_a_run_that_is_not_over_is_no_result():
    run = runs.analyse("slow.mp4", 0, 20, None)
    next(view for view in run if "listening" in str(view.status))
    [folder] = Path(results.home().name).iterdir()
    assert "is gone" in results.opened(f"#result={folder.name}").status
    run.close()


def test_what_the_browser_wishes_is_understood():
    mix = '"levels": {"guitar": 9}, "cuts": {"guitar": [[1, 2]]}, "hands": true'
    wish = results.wished(
        f'{{"boxes": false, "heat": ["played", "nonsense", "played"], "threshold": 0.4, "labels": ["guitar"], {mix}}}'
    )
    assert wish.look == Look(0.4, boxes=False, heat=("played",), labels=("guitar",), hands=True)
    assert wish.levels == {"guitar": 4.0} and wish.cuts == {"guitar": [(1.0, 2.0)]}
    assert results.wished("") == Wish(Look(0.5)), "all that there is, as the clip sounds"


ENDLESS, DEEP = f"1{400 * '0'}", 100_000 * "["


@pytest.mark.parametrize("told", [
    "{", "[]", '{"levels": 3}', '{"threshold": "x"}', '{"cuts": {"guitar": [1]}}', DEEP,
    *(f'{{"threshold": {it}}}' for it in ("NaN", '"nan"', "1e999", ENDLESS)), f'{{"levels": {{"guitar": {ENDLESS}}}}}',
    '{"levels": {"guitar": NaN}}', '{"cuts": {"guitar": [[0, Infinity]]}}', f'{{"cuts": {{"a": {[[0, 1]] * 1001}}}}}',
])  # fmt: skip
def test_a_wish_that_makes_no_sense_is_a_sentence(told):
    *_, last = results.annotate(str(analysed()), told)
    assert "makes no sense" in last.status and last.busy is False


def test_everything_can_be_put_into_one_file():
    folder = analysed()
    view = results.pack(str(folder))
    assert "everything.zip is ready" in view.status and 'download="everything.zip"' in view.files


@pytest.mark.parametrize("does", [
    lambda it: list(results.annotate(it, ""))[-1].status, lambda it: list(results.correct(it, "{}"))[-1].status,
    lambda it: results.pack(it).status, lambda it: results.unfold([], it).status,
    lambda it: results.explain(it).explain["wrong"],
])  # fmt: skip
def test_of_a_result_that_is_gone_nothing_else_is_said(does, tmp_path):
    words = re.sub("<[^>]*>", "", does(str(tmp_path / "gone")))
    assert words == "This result is gone: analyse the file again."


def test_what_is_wrong_with_a_result_is_told_without_the_servers_folders():
    folder = analysed()
    (folder / "analysis.json").write_text("{}")
    said = results.pack(str(folder)).status
    assert "The result holds no readable analysis: analyse the clip again." in said and folder.name not in said


def test_a_result_may_go_while_it_is_drawn(monkeypatch):
    def annotate(folder, wish):
        yield 0.5
        results.discard(folder)
        raise MiloError("It cannot be written.")

    monkeypatch.setattr(saved, "annotate", annotate)
    *_, last = results.annotate(str(analysed()), "")
    assert "This result is gone" in last.status and "still here" not in last.status and last.busy is False


def test_files_say_from_which_threshold_on_they_are():
    folder, found = analysed(), drawn.analysis()
    found.options = AnalysisOptions(threshold=0.3)
    assert "from 30\u202f% on, wherever the threshold stands" in views.links(found, folder)


def test_a_name_is_put_right_on_the_page_and_in_the_files_and_back():
    folder = analysed()
    first, view = results.correct(str(folder), '{"shown": "guitar", "becomes": "ukulele"}')
    assert "putting the name right" in first.status
    assert view.answer.count("A ukulele is heard and seen") == 1 and "ukulele" in view.separated
    assert "Corrected by hand: guitar is a ukulele" in view.verdict and "named by hand" in view.verdict
    assert "By hand: guitar is a ukulele." in view.status
    ukulele = next(label for label in view.player["labels"] if label["name"] == "ukulele")
    assert ukulele["by_hand"] and view.player["boxes"][0][1] == view.player["labels"].index(ukulele)
    *_, again = results.correct(str(folder), '{"shown": "ukulele", "becomes": "banjo"}')
    assert "A banjo is heard and seen" in again.answer and "guitar is a banjo" in again.verdict
    *_, back = results.correct(str(folder), '{"undo": "guitar"}')
    assert "A guitar is heard and seen" in back.answer and "by hand" not in back.verdict


def test_who_is_struck_out_is_not_spoken_of():
    *_, view = results.correct(str(analysed()), '{"shown": "guitar", "becomes": null}')
    assert "guitar" not in view.answer and "guitar is struck out" in view.verdict
    assert 'data-track="guitar"' not in view.separated


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", '{"shown": "guitar", "becomes": "kazoo"}', '{"shown": 3, "becomes": []}', DEEP]
)
def test_a_correction_that_makes_no_sense_is_a_sentence(told):
    *_, view = results.correct(str(analysed()), told)
    assert 'role="alert"' in view.status and view.verdict is SAME


def test_how_it_came_about_is_shown_for_a_result_that_is_there():
    assert results.explain(None).explain is SAME
    folder = str(analysed())
    told = results.explain(folder).explain
    assert told["ready"] == folder and "player-spectrogram.bin" in told["sound"]["url"]
    assert told["sound"]["tracks"][-1] == "#94A3B8" and len(told["sound"]["tracks"]) == 3
