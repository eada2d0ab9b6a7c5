from milo_demo.analysis import Event
from milo_demo.export.captions import write_captions


def test_captions_are_a_line_for_every_change(tmp_path):
    heard = [Event("heard", "guitar", "Instrument", 0.0, 2.0, 0.9), Event("heard", "french_horn", "", 1.5, 3.0, 0.9)]
    others = [Event("seen", "harp", "", 0.0, 4.0, 0.9), Event("tag", "slow", "Tempo", 0.0, 4.0, 0.9)]
    assert write_captions([*others, *heard], tmp_path) == ["captions.vtt"]
    assert (tmp_path / "captions.vtt").read_text(encoding="utf-8") == (
        "WEBVTT\n"
        "\n00:00:00.000 --> 00:00:01.500\n♪ guitar\n"
        "\n00:00:01.500 --> 00:00:02.000\n♪ guitar, French horn\n"
        "\n00:00:02.000 --> 00:00:03.000\n♪ French horn\n"
    )


def test_without_sound_they_tell_of_what_is_seen(tmp_path):
    write_captions([Event("seen", "harp", "", 0.5, 3661.25, 0.9)], tmp_path)
    text = (tmp_path / "captions.vtt").read_text(encoding="utf-8")
    assert text == "WEBVTT\n\n00:00:00.500 --> 01:01:01.250\nharp\n"


def test_of_nothing_there_is_an_empty_file_that_players_read(tmp_path):
    write_captions([], tmp_path)
    assert (tmp_path / "captions.vtt").read_text(encoding="utf-8") == "WEBVTT\n"
