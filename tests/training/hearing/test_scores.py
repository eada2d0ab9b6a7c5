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
    (tmp_path / "manifest.csv").write_text("path\npart.mid\n")
    found = scores.read_score(tmp_path / "part.mid")
    assert list(found) == [40]
    np.testing.assert_allclose([note[0] for note in found[40]], [0.0, 0.5, 4.25], atol=2e-3)
    assert [note[2] for note in found[40]] == [60, 64, 67]


def test_drums_go_to_the_drum_channel_and_congas_are_a_part_of_their_own(tmp_path):
    notes = np.array([[k * 0.25, 0.1, key, 90] for k, key in enumerate([36, 38, 42, 62, 63] * 4)])
    scores.write_midi(tmp_path / "part.mid", [notes], 9.0, scores.DRUM_KIT, np.random.default_rng(0))
    channels = {m.channel for m in mido.MidiFile(tmp_path / "part.mid") if m.type == "note_on"}
    assert channels == {9}
    (tmp_path / "manifest.csv").write_text("path\npart.mid\n")
    parts = scores.read_parts(tmp_path, np.random.default_rng(0))
    assert set(parts) == {scores.DRUM_KIT, scores.DRUM_KIT + 1}
    assert set(parts[scores.DRUM_KIT + 1][0][:, 2]) == {62, 63}
