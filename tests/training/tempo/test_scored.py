import mido
import numpy as np
import pytest

from milo_demo.training.tempo.scored import AROUND, _chosen, steady, written_bpm


@pytest.mark.parametrize("metre, beat_bpm", [((4, 4), 90), ((3, 4), 90), ((2, 2), 45), ((6, 8), 60), ((3, 8), np.nan)])
def test_the_beat_is_what_the_metre_counts(tmp_path, metre, beat_bpm):
    np.testing.assert_allclose(written_bpm(_score(tmp_path, metre, [90]), steps=4), beat_bpm, rtol=1e-5)


def test_a_change_of_tempo_comes_when_it_is_written(tmp_path):
    found = written_bpm(_score(tmp_path, (4, 4), [60, 120]), steps=32)
    np.testing.assert_allclose(found[:15], 60)  # eight quarters are eight seconds: 15.6 steps
    np.testing.assert_allclose(found[16:], 120)
    known = np.isfinite(steady(found))
    assert known[: 15 - AROUND].all() and not known[15 - AROUND + 1 : 16 + AROUND].any() and known[-1]


def test_what_is_out_of_reach_has_no_true_tempo():
    assert np.isnan(steady(np.full(40, 300.0))).all() and np.isnan(steady(np.full(40, 20.0))).all()


def test_nothing_is_fitted_to_another_version_of_what_is_held_out(tmp_path):
    (tmp_path / "midi").mkdir()
    grooves = [f"tune: set MIDI/{tune}.mid; groove file: {k}" for tune in ("reel", "jig") for k in range(6)]
    lines = [f"{k}.mid,{k},60,{source}" for k, source in enumerate(grooves)]
    (tmp_path / "midi" / "manifest.csv").write_text("\n".join(["path,collection,duration_s,source", *lines]))
    fitted, held = (
        {row["source"].partition(";")[0] for row in _chosen(tmp_path, held_out, 9, np.random.default_rng(0))}
        for held_out in (False, True)
    )
    assert held and not fitted & held


def _score(folder, metre, quarters_bpm):
    """Eight quarters at each tempo."""
    track = mido.MidiTrack([mido.MetaMessage("time_signature", numerator=metre[0], denominator=metre[1], time=0)])
    for number, bpm in enumerate(quarters_bpm):
        track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm), time=8 * 480 if number else 0))
    track.append(mido.MetaMessage("end_of_track", time=8 * 480))
    file = mido.MidiFile(ticks_per_beat=480, tracks=[track])
    file.save(folder / "score.mid")
    return folder / "score.mid"
