import numpy as np

from milo_demo.separation.notes.decoding import decode

PITCHES, FRAMES = 20, 12


def sure(*notes: tuple[int, int, int]) -> np.ndarray:
    """(pitch, frame) that is 0.9 where a note (pitch, from, to) sounds."""
    evidence = np.full((PITCHES, FRAMES), 0.01, np.float32)
    for pitch, start, end in notes:
        evidence[pitch, start:end] = 0.9
    return evidence


def owners(*chances: float) -> np.ndarray:
    """(player, pitch, frame), the same everywhere."""
    return np.broadcast_to(np.array(chances, np.float32)[:, None, None], (len(chances), PITCHES, FRAMES)).copy()


NOBODY_ELSE = np.full((PITCHES, FRAMES), 0.01, np.float32)


def test_each_player_has_the_notes_that_are_its():
    whose = owners(0.5, 0.5)
    whose[0, 4], whose[1, 4] = 0.9, 0.1
    whose[0, 9], whose[1, 9] = 0.1, 0.9
    found = decode(sure((4, 2, 8), (9, 4, 12)), whose, NOBODY_ELSE)
    assert found[0].tolist() == [-1] * 2 + [4] * 6 + [-1] * 4
    assert found[1].tolist() == [-1] * 4 + [9] * 8


def test_two_players_never_share_a_note_and_a_note_does_not_change_hands():
    whose = owners(0.6, 0.4)
    whose[:, 5, 6:] = whose[::-1, 5, 6:]  # a weak change of mind in the middle of the note
    found = decode(sure((5, 0, FRAMES)), whose, NOBODY_ELSE)
    assert not (found[0] == found[1])[found[0] >= 0].any()
    assert len(set(map(tuple, found.tolist()))) == 2 and {tuple(row) for row in found.tolist()} >= {(5,) * FRAMES}


def test_notes_of_somebody_else_are_left_to_them():
    free = np.full((PITCHES, FRAMES), 0.95, np.float32)
    assert (decode(sure((5, 0, FRAMES)), owners(0.03, 0.02), free) == -1).all()


def test_one_player_follows_a_melody_and_keeps_still_in_its_rests():
    found = decode(sure((3, 0, 4), (6, 4, 7), (4, 9, 12)), owners(0.95), NOBODY_ELSE)
    assert found[0].tolist() == [3] * 4 + [6] * 3 + [-1] * 2 + [4] * 3


def test_many_players_and_no_frames_are_decoded_too():
    assert decode(sure((3, 0, 4)), owners(*[0.125] * 8), NOBODY_ELSE).shape == (8, FRAMES)
    assert decode(np.zeros((PITCHES, 0)), np.zeros((2, PITCHES, 0)), np.zeros((PITCHES, 0))).shape == (2, 0)
    assert decode(sure(), np.zeros((0, PITCHES, FRAMES)), NOBODY_ELSE).shape == (0, FRAMES)
