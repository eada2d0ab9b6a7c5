"""Which clips are meant, and what is said where none is."""

import os

import pytest

from milo_demo.collection.place import MANIFEST
from milo_demo.collection.sources import find
from milo_demo.errors import MiloError


@pytest.fixture
def music(tmp_path):
    """Two files of one name, a hidden one, a text, and a collection with a clip of its own."""
    for name in ("a/song.wav", "b/song.WAV", "b/.song.wav", "b/notes.txt", "old/clips/x/video.mp4"):
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "music" / "old" / MANIFEST).write_text('{"schema": "milo.collection/0"}')
    return tmp_path / "music"


def test_a_folder_means_its_clips_and_no_collection_in_it(music):
    assert find(str(music)) == [music / "a/song.wav", music / "b/song.WAV"]


def test_a_pattern_means_no_file_of_a_collection(music):
    assert find(str(music / "**" / "*.[wm][ap][v4]")) == [music / "a/song.wav"]
    with pytest.raises(MiloError, match="those of collections apart"):
        find(str(music / "old/clips/*/video.mp4"))


@pytest.mark.parametrize("text", ["x", "[1]", '{"schema": 1}', '{"schema": "photos/1", "parts": []}'])
def test_what_is_called_as_a_collection_is_need_not_be_one(music, text):
    (music / "a" / MANIFEST).write_text(text)
    assert music / "a/song.wav" in find(str(music)) and find(str(music / "a" / "*.wav")) == [music / "a/song.wav"]


def test_links_are_followed_and_may_go_round_in_a_circle(music, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "more.mp3").write_bytes(b"x")
    os.symlink(music, music / "a" / "up")
    os.symlink(elsewhere, music / "a" / "linked")
    assert [path.name for path in find(str(music))] == ["more.mp3", "song.wav", "song.WAV"]


def test_a_list_and_a_pattern_mean_what_they_name(music, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("# mine\n\nmusic/b/notes.txt\nmusic/a/song.wav\nmusic/a/song.wav\ngone.wav\n", encoding="utf-8")
    assert find(str(names)) == [music / "b/notes.txt", music / "a/song.wav", tmp_path / "gone.wav"]
    assert find(str(music / "*" / "*.wav")) == [music / "a/song.wav"]
    assert find(str(music / "a" / "song.wav")) == [music / "a/song.wav"]


def test_nothing_to_be_found_is_one_sentence(music, tmp_path):
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in range(300):
        (texts / f"{number}.txt").write_text("no music here")
    (tmp_path / "list.dat").write_bytes(bytes(range(256)))
    (tmp_path / "prose.txt").write_text("Once upon a time\nthere was " + 9_000 * "a", encoding="utf-8")
    for wish, said in (
        (texts, "no video or sound in"),
        (tmp_path / "list.dat", "is no list of files"),
        (tmp_path / "prose.txt", "is no list of files"),
        (tmp_path / "*.ogg", "No file matches"),
        (tmp_path / "gone", "is not there"),
    ):
        with pytest.raises(MiloError, match=said):
            find(str(wish))
