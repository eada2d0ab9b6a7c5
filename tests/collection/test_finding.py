"""Which clips answer a question."""

import json
import os

import numpy as np
import pytest

from milo_demo.__main__ import main
from milo_demo.collection.embedding import HALF, SIZE, near
from milo_demo.collection.finding import Finder, Unreadable
from milo_demo.collection.tables import compact
from milo_demo.errors import MiloError
from tests.collection.made import collection


def vector(*angles: float) -> list[float]:
    """The ear's and the eye's half, each a direction in a plane."""
    made = np.zeros(SIZE, np.float32)
    for half, angle in enumerate(angles):
        made[half * HALF : half * HALF + 2] = np.cos(angle), np.sin(angle)
    return made.tolist()


CLIPS = {
    "duo": {
        "events": [("heard", "flute", 2, 9, 0.9), ("heard", "piano", 4, 12, 0.8), ("seen", "piano", 0, 12, 0.9)],
        "tempi_bpm": [80.0, 160.0],
        "tags": ["slow"],
        "vector": vector(0, 0),
    },
    "flautist": {
        "events": [("heard", "flute", 1, 9, 0.7), ("seen", "flute", 3, 9, 0.9)],
        "duration_s": 90.0,
        "vector": vector(0.1, 0.1),
    },
    "hidden": {"events": [("heard", "flute", 5, 6, 0.6)], "vector": vector(2, 0)},
    "quiet": {"vector": vector(0, 2)},
    "broken": {"status": "failed", "error": "no"},
}


@pytest.fixture(scope="module", params=[2, 3], ids=["in parts", "compacted"])
def finder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "collection"
    collection(folder, CLIPS, request.param)
    return Finder(folder)


@pytest.mark.parametrize("question, names", [
    ("flute heard not seen", ["duo", "hidden"]),
    ("flute heard", ["duo", "flautist", "hidden"]),
    ("flute seen", ["flautist"]),
    ("flute and piano together", ["duo"]),
    ("flute, piano at once 5 s", ["duo"]),
    ("flute, piano at once 6 s", []),
    ("flute, piano heard and seen at once", []),
    ("flute, piano heard not played at once", ["duo"]),
    ("no flute", ["quiet"]),
    ("flute not seen", ["duo", "hidden", "quiet"]),
    ("flute, no piano, shorter than 1 min", ["hidden"]),
    ("tempo 150-170", ["duo"]),
    ("tag slow", ["duo"]),
    ("not tag slow, flute", ["flautist", "hidden"]),
    ("longer than 1 min", ["flautist"]),
    ("tuba", []),
])  # fmt: skip
def test_clips_meet_what_was_asked(finder, question, names):
    answer = finder.find(question)
    assert sorted(clip.clip_id for clip in answer.clips) == names and answer.count == len(names)


def test_words_of_one_question_never_belong_to_another(finder):
    assert [clip.clip_id for clip in finder.find("no tuba", also=["flute seen", ""]).clips] == ["flautist"]
    assert [clip.clip_id for clip in finder.find("flute", also=["piano seen"]).clips] == ["duo"]
    assert finder.find(like="duo", also=["flute seen"]).count == 1


def test_the_surest_come_first_each_with_its_moment(finder):
    answer = finder.find("flute heard", limit=2)
    assert [(clip.clip_id, clip.at_s) for clip in answer.clips] == [("duo", 2.0), ("flautist", 1.0)]
    assert answer.count == 3 == len(finder.find("flute heard", limit=10**20).clips)
    assert finder.find("flute, piano at once").clips[0].at_s == 4.0


def test_clips_like_one_are_those_that_sound_and_look_alike(finder):
    answer = finder.find(like="duo.mp4")
    assert [clip.clip_id for clip in answer.clips] == ["flautist", "hidden", "quiet"]
    assert answer.clips[0].alike == pytest.approx(np.cos(0.1)) and answer.count == 3
    assert [clip.clip_id for clip in finder.find("flute seen", like="/music/duo.mp4").clips] == ["flautist"]


def test_a_clip_is_named_by_a_path_from_here(finder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert finder.clip_id(os.path.relpath("/music/duo.mp4")) == "duo"


def test_clips_without_a_sense_in_common_are_unlike():
    deaf, blind = np.zeros(SIZE, np.float32), np.zeros(SIZE, np.float32)
    blind[0] = deaf[HALF] = 1
    assert near(np.stack([blind, deaf]), blind).tolist() == [1.0, -1.0]


@pytest.mark.parametrize("wish, said", [
    ({"like": "nobody"}, "is not in this collection"),
    ({"like": "broken"}, "is not in this collection"),
    ({"question": "theremin"}, "is not understood"),
    ({"question": "flute", "limit": 0}, "At least one clip"),
])  # fmt: skip
def test_what_makes_no_sense_is_one_sentence(finder, wish, said):
    with pytest.raises(MiloError, match=said):
        finder.find(**wish)


@pytest.mark.parametrize("wish", [{"question": "flute"}, {"like": "duo"}])
def test_tables_that_a_run_has_just_written_anew_are_one_sentence(tmp_path, wish):
    there = collection(tmp_path / "c", CLIPS)
    finder = Finder(tmp_path / "c")
    compact(there)
    with pytest.raises(Unreadable, match="ask again"):
        finder.find(**wish)


def test_the_command_prints_lines_or_json(tmp_path, capsys):
    collection(tmp_path / "c", CLIPS)
    assert main(["find", str(tmp_path / "c"), "flute heard not seen"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 of 2 clips"
    assert main(["find", str(tmp_path / "c"), "--like", "duo", "--limit", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clip_id"] == "flautist"
    for folder, said in ((tmp_path / "none", "is no collection"), (tmp_path, "is no collection")):
        assert main(["find", str(folder), "flute"]) == 2
        assert said in capsys.readouterr().err
