from itertools import islice

import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation.separation.case import RESIDUAL, Case
from milo_demo.evaluation.separation.sets import SETS


def cases(name: str, data, workdir, count: int | None = None) -> list[Case]:
    return list(islice(SETS[name](data, workdir), count))


def adds_up(case: Case) -> bool:
    return np.allclose(np.sum(list(case.references.values()), axis=0), case.mixture, atol=0.05)


def test_ensembles_have_their_players_and_notes(band_data, tmp_path):
    (duet,) = cases("bach10-duets", band_data, tmp_path)
    assert list(duet.stems) == list(duet.asked) == ["violin", "clarinet"] and adds_up(duet)
    assert {(note.label, note.midi) for note in duet.notes} == {("violin", 81), ("clarinet", 69)}
    (trio,) = cases("bach10-drum", band_data, tmp_path)
    assert list(trio.stems) == ["violin", "clarinet", "drum"] and trio.notes is None


def test_phrases_are_mixed_with_those_of_other_labels(band_data, tmp_path):
    pairs = cases("phrase-pairs", band_data, tmp_path, 6)
    assert all(len(case.stems) == 2 and adds_up(case) and case.notes for case in pairs)
    assert {label for case in pairs for label in case.stems} == {"violin", "cello", "bassoon"}
    for case in pairs:
        first, second = (np.sqrt(np.mean(stem**2)) for stem in case.stems.values())
        assert 0.5 <= second / first <= 2
    assert all("drum" in case.stems for case in cases("mixed-pairs", band_data, tmp_path, 2))


def test_sets_are_always_the_same(band_data, tmp_path):
    for one, other in zip(*(cases("phrase-trios", band_data, tmp_path, 2) for _ in range(2)), strict=True):
        assert one.name == other.name
        np.testing.assert_array_equal(one.mixture, other.mixture)


def test_players_who_take_turns_rest(band_data, tmp_path):
    (case,) = cases("turns", band_data, tmp_path, 1)
    first, second = case.stems.values()
    quarter = len(first) // 4
    assert not second[:quarter].any() and not first[-quarter:].any() and adds_up(case)


def test_in_long_turns_one_plays_but_for_twelve_seconds_of_the_other(band_data, tmp_path):
    (case,) = cases("long-turns", band_data, tmp_path, 1)
    first, second = (stem.reshape(40, -1) for stem in case.stems.values())
    assert first[:24].any() and not first[25:35].any()
    assert second[24:36].any() and not second[:24].any() and not second[36:].any() and adds_up(case)


def test_songs_are_equally_loud(band_data, tmp_path):
    song, _ = cases("mir1k", band_data, tmp_path)
    assert list(song.references) == ["voice", RESIDUAL] and song.rate_hz == 16_000
    assert np.std(song.stems["voice"]) == pytest.approx(np.std(song.residual), rel=1e-3)


def test_solos_are_those_of_our_labels(band_data, tmp_path):
    found = cases("solos", band_data, tmp_path)
    assert [case.name for case in found] == ["basson", "batterie", "violon", "violoncelle"]
    assert all(case.mixture is case.stems[case.asked[0]] for case in found)


def test_pop_is_rendered_once_by_the_nearest_fonts(band_data, tmp_path, played):
    sung, plain = cases("pop", band_data, tmp_path)
    assert sorted(set(played)) == [33, 40, 128], "38 is a bass, 44 is nearest to the violin"
    assert list(sung.references) == ["drum", "electric_bass", "voice", RESIDUAL]
    assert list(plain.references) == ["drum", "electric_bass", RESIDUAL]
    assert adds_up(sung) and sung.duration_s == 12
    assert {(note.label, note.midi) for note in sung.notes} == {("electric_bass", 40)}
    played.clear()
    again, _ = cases("pop", band_data, tmp_path)
    np.testing.assert_array_equal(again.mixture, sung.mixture)
    assert not played


def test_pop_needs_scores_with_all_parts(band_data, tmp_path, played, monkeypatch):
    monkeypatch.setattr("milo_demo.training.hearing.scores.split_of", lambda row: "train")
    for name in ("pop", "scored", "chords"):
        with pytest.raises(MiloError, match="Too few scores"):
            cases(name, band_data, tmp_path)


def test_of_lines_of_a_score_every_note_is_known(band_data, tmp_path, played):
    (case,) = cases("scored", band_data, tmp_path)
    assert list(case.stems) == list(case.asked) == ["clarinet", "violin"] and adds_up(case)
    lines = {(note.label, note.midi) for note in case.notes}
    assert lines == {("violin", 40), ("clarinet", 41)} and case.duration_s == 12
    assert set(played) == {40, 71}


def test_of_chords_every_note_is_known_too(band_data, tmp_path, played):
    (case,) = cases("chords", band_data, tmp_path)
    assert case.asked == ("piano",) and adds_up(case) and set(played) == {0}
    assert {(note.label, note.midi) for note in case.notes} == {("piano", 42)}


def test_absent_instruments_are_asked_for(band_data, tmp_path, played):
    found = cases("absent", band_data, tmp_path)
    assert all(len(set(case.asked) - set(case.stems)) == 1 for case in found)
    assert set(found[-1].asked) - set(found[-1].stems) == {"voice"}


def test_without_data_it_is_one_sentence(tmp_path):
    for name in ("bach10-duets", "solos", "mir1k", "pop"):
        with pytest.raises(MiloError, match="There are no"):
            cases(name, tmp_path, tmp_path)
