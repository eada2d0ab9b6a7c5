import mido
import numpy as np
import pytest

from milo_demo.training.hearing import scores


@pytest.mark.parametrize(
    "texture, low, high", [("line", 55, 79), ("chords", 55, 79), ("broken", 55, 79), ("beat", 35, 59)]
)
def test_invented_notes_stay_in_range(texture, low, high):
    notes = scores.invent(np.random.default_rng(0), low, high, (texture,), 12.0)
    assert len(notes) > 5
    assert notes[:, 2].min() >= low and notes[:, 2].max() <= high
    assert notes[:, 0].max() < 16


def test_the_same_seed_gives_the_same_notes():
    first, second = (scores.invent(np.random.default_rng(3), 40, 79, ("line", "chords"), 9.0) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_an_excerpt_closes_long_rests():
    part = np.array([[0, 1, 60, 90], [100, 1, 62, 90], [101, 1, 64, 90]], float)
    taken = scores.excerpt(np.random.default_rng(0), part, 24.0)
    assert np.diff(taken[:, 0]).max() < 2


def test_written_midi_reads_back(tmp_path):
    pieces = [np.array([[0.0, 0.5, 60, 80], [0.5, 0.5, 64, 80]]), np.array([[0.25, 0.5, 67, 90]])]
    scores.write_midi(tmp_path / "part.mid", pieces, 4.0, 40, np.random.default_rng(0))
    found = scores.read_score(tmp_path / "part.mid")
    assert list(found) == [40]
    np.testing.assert_allclose([note[0] for note in found[40]], [0.0, 0.5, 4.25], atol=2e-3)
    assert [note[2] for note in found[40]] == [60, 64, 67]


def manifest(data, *sources):
    """A pack of scores of these sources, without the scores themselves."""
    (data / "midi").mkdir()
    lines = [f"{number}.mid,{source}" for number, source in enumerate(sources)]
    (data / "midi" / "manifest.csv").write_text("\n".join(["path,source", *lines]) + "\n")


def of_split(split, form):
    """A source of a split: `form` with some number."""
    return next(form.format(k) for k in range(99) if scores.split_of({"source": form.format(k)}) == split)


def test_other_versions_of_what_is_held_apart_are_for_nobody(tmp_path):
    held = of_split("calibration", "tune: set MIDI/reel.mid; groove file: {}")
    part, score = of_split("calibration", "Mutopia ftp/duo/{}.ly"), of_split("train", "Mutopia ftp/duo/{}.ly")
    trio = of_split("calibration", "Mutopia ftp/song{0}/song{0}.ly")
    derived = of_split("train", f"melody: {trio}; {{}}")
    others = [of_split("train", form) for form in ("tune: set MIDI/reel.mid; groove file: {}", "game music/{}.mid")]
    manifest(tmp_path, held, others[0], part, score, trio, derived, others[1])
    found = scores.rows(tmp_path, np.random.default_rng(0))
    assert sorted(row["path"] for row in found) == ["0.mid", "2.mid", "4.mid", "6.mid"]


def test_parts_to_play_are_of_no_score_held_apart(tmp_path, monkeypatch):
    manifest(tmp_path, of_split("calibration", "game music/{}.mid"), of_split("train", "game music/{}.mid"))
    read = []
    monkeypatch.setattr(scores, "read_score", lambda path: read.append(path.name) or {})
    assert scores.read_parts(tmp_path, np.random.default_rng(0)) == {} and read == ["1.mid"]


def test_drums_go_to_the_drum_channel_and_congas_are_a_part_of_their_own(tmp_path):
    notes = np.array([[k * 0.25, 0.1, key, 90] for k, key in enumerate([36, 38, 42, 62, 63] * 4)])
    manifest(tmp_path, "duet")
    part = tmp_path / "midi" / "0.mid"
    scores.write_midi(part, [notes], 9.0, scores.DRUM_KIT, np.random.default_rng(0))
    channels = {m.channel for m in mido.MidiFile(part) if m.type == "note_on"}
    assert channels == {9}
    parts = scores.read_parts(tmp_path, np.random.default_rng(0))
    assert set(parts) == {scores.DRUM_KIT, scores.DRUM_KIT + 1}
    assert set(parts[scores.DRUM_KIT + 1][0][:, 2]) == {62, 63}
