import numpy as np

from milo_demo.models.notes import PER_SEMITONE
from milo_demo.models.owner import POOLED
from milo_demo.separation.notes.salience import Salience
from milo_demo.separation.notes.timbre import HARMONICS, by_timbre

PITCHES, BINS, FRAMES, LONG = 88, 309, 120, 8
BRIGHT, DULL = 0.5, 2.0
"""How fast harmonics fall: powers of their number."""


def played(slopes: list[float]) -> tuple[Salience, list[tuple[int, int]]]:
    """Notes one after another on changing pitches, by timbre; and where each lies, (pitch, pooled frame)."""
    rng = np.random.default_rng(3)
    cqt, note = np.full((BINS, FRAMES * POOLED), 1e-4, np.float32), np.zeros((PITCHES, FRAMES * POOLED), np.float32)
    places = []
    for number, slope in enumerate(slopes):
        pitch, start = int(rng.integers(20, 45)), number * (LONG + 2)
        here = slice(start * POOLED, (start + LONG) * POOLED)
        bins = PER_SEMITONE * pitch + np.round(36 * np.log2(HARMONICS)).astype(int)
        cqt[bins, here] = (HARMONICS**-slope * 10 ** rng.normal(0, 0.05, len(bins)))[:, None]
        note[pitch, here] = 1
        places.append((pitch, start))
    return Salience(note, note, note, cqt), places


def said(places: list[tuple[int, int]], owners: list[int], sure: list[float]) -> np.ndarray:
    """What the owner network says: of each note, whose it is and how surely, between two players."""
    chances = np.zeros((4, PITCHES, FRAMES), np.float32)
    chances[-1] = 1
    for (pitch, start), owner, chance in zip(places, owners, sure, strict=True):
        chances[:, pitch, start : start + LONG] = 0.05
        chances[owner, pitch, start : start + LONG] = 0.9 * chance
        chances[1 - owner, pitch, start : start + LONG] = 0.9 * (1 - chance)
    return chances


def first(chances: np.ndarray, place: tuple[int, int]) -> bool:
    return bool(chances[0, place[0], place[1] + 2] > chances[1, place[0], place[1] + 2])


def test_a_note_of_which_the_network_is_unsure_goes_to_whom_it_sounds_like():
    slopes = [BRIGHT, DULL] * 6
    heard, places = played(slopes)
    # Of two notes that the network is unsure of, one is said to be the other's.
    owners, sure = [0, 1] * 6, [0.9] * 12
    owners[4], sure[4] = 1, 0.6
    chances = said(places, owners, sure)
    assert not first(chances, places[4])
    told = by_timbre(heard, chances)
    assert [first(told, place) for place in places] == [slope == BRIGHT for slope in slopes]


def test_of_players_who_sound_alike_the_network_is_believed():
    heard, places = played([BRIGHT] * 12)
    owners = [0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0]
    told = by_timbre(heard, said(places, owners, [0.9] * 12))
    assert [first(told, place) for place in places] == [owner == 0 for owner in owners]


def test_what_is_nobodys_or_a_strangers_stays_so_and_chances_sum_to_one():
    heard, places = played([BRIGHT, DULL] * 6)
    chances = said(places, [0, 1] * 6, [0.7] * 12)
    told = by_timbre(heard, chances)
    assert np.array_equal(told[2:], chances[2:])
    assert np.allclose(told.sum(axis=0), 1, atol=1e-5) and not np.array_equal(told, chances)


def test_one_player_and_hardly_any_notes_are_left_alone():
    heard, places = played([BRIGHT, DULL])
    chances = said(places, [0, 1], [0.7] * 2)
    assert by_timbre(heard, chances) is chances
    alone = np.delete(chances, 1, axis=0)
    assert by_timbre(heard, alone) is alone
    silence = Salience(*(np.zeros_like(part) for part in heard))
    nothing = np.zeros_like(chances)
    nothing[-1] = 1
    assert by_timbre(silence, nothing) is nothing


def test_where_all_is_a_strangers_nothing_is_shared():
    heard, places = played([BRIGHT, DULL] * 6)
    chances = said(places, [0, 1] * 6, [0.7] * 12)
    pitch, start = places[3]
    chances[:, pitch, start : start + LONG] = np.array([0, 0, 0.9, 0.1])[:, None]
    told = by_timbre(heard, chances)
    assert np.isfinite(told).all()
    assert np.array_equal(told[:, pitch, start : start + LONG], chances[:, pitch, start : start + LONG])
