import mido
import numpy as np
import pytest

from milo_demo.training.hearing import scored_music, soundfonts
from milo_demo.training.hearing.library import Library, Take, prepare
from milo_demo.training.hearing.mixtures import Mixtures

RATE_HZ = 16_000


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A score for violin, flute and an instrument that no sound font has, and sound fonts that play a note as a hum."""
    midi = tmp_path / "midi"
    midi.mkdir()
    (midi / "manifest.csv").write_text("path,collection,source\nduet.mid,test,duet\n")
    track = mido.MidiTrack()
    for channel, program in enumerate((40, 73, 120)):
        track.append(mido.Message("program_change", channel=channel, program=program))
    for _ in range(40):
        for channel in range(3):
            track.append(mido.Message("note_on", channel=channel, note=60 + channel, time=0))
        for channel in range(3):
            track.append(mido.Message("note_off", channel=channel, note=60 + channel, time=960 if channel == 0 else 0))
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(midi / "duet.mid")
    for program in ("040", "073"):
        font = tmp_path / "soundfonts" / "hum" / f"{program}.sf3"
        font.parent.mkdir(parents=True, exist_ok=True)
        font.touch()
    monkeypatch.setattr(soundfonts, "held_apart", lambda fonts: {})
    monkeypatch.setattr(soundfonts, "play", lambda font, midi: np.full(20 * RATE_HZ, 0.1, np.float32))
    return tmp_path


def test_every_part_of_a_score_that_a_sound_font_has_is_played_by_itself(data):
    played = list(scored_music.in_parts(data, np.random.default_rng(0), processes=1))
    assert {take.label for take, _ in played} == {"violin", "flute"}
    assert {take.piece for take, _ in played} == {"duet.mid"}
    assert {len(sound) for _, sound in played} == {scored_music.EXCERPT_S * RATE_HZ}


def test_an_excerpt_keeps_the_parts_on_one_clock(data):
    parts = scored_music.excerpt(data / "midi" / "duet.mid", np.random.default_rng(0))
    assert set(parts) == {40, 73, 120}
    assert all((notes[:, 0] >= 0).all() and (notes[:, 0] < scored_music.EXCERPT_S).all() for notes in parts.values())
    np.testing.assert_allclose(parts[40][:, 0], parts[73][:, 0], atol=0.01)


def test_parts_of_one_piece_stay_together_in_mixtures(tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.1, 12 * RATE_HZ).astype(np.float32)
    noise[: 2 * RATE_HZ] = 0  # a rest that must not be cut off
    takes = [Take(label, (), "font", "scores", "train", piece="duet") for label in ("violin", "flute")]
    others = [Take(None, (), "negative", source, "train") for source in ("speech", "made-up noise")]
    prepare([*((take, noise) for take in takes), *((take, noise) for take in others)], tmp_path / "library")
    library = Library(tmp_path / "library")
    assert library.takes[0].length == 12 * RATE_HZ
    mixtures = Mixtures(library, "train", seed=1, from_scores=1.0)
    ensemble = mixtures._ensemble(0.0, size=2)
    assert {take.piece for take in ensemble[:2]} == {"duet"}
    violin, flute = mixtures._play(ensemble[:2], np.zeros(2, np.int64))
    np.testing.assert_array_equal(violin, flute)
