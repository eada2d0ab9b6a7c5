"""Who plays, of clips in which everything is known: what moves is put into the flow, hands and boxes are given."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from milo_demo.analysis import Media, ModelUsed
from milo_demo.features.flow import PER_STEP
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.playing.hands import Hand
from milo_demo.playing.play import KEPT, Known, Played, play

GUITAR, DRUM, FLUTE, VOICE = (LABELS.index(label) for label in ("guitar", "drum", "flute", "voice"))
STEPS, ROWS, COLUMNS = 12, 36, 64
MEDIA = Media("clip.mp4", STEPS * 0.512, 640, 360, 25.0, True, True)
VISIBLE = [index for index in range(len(LABELS)) if index != VOICE]
FINDER = ModelUsed("hands", "stub", "1", "00", "bundled")
LEFT, RIGHT = Detection(GUITAR, 0.9, 0.1, 0.3, 0.4, 0.7), Detection(DRUM, 0.9, 0.6, 0.3, 0.9, 0.7)


def hand(x: float, y: float = 0.5) -> Hand:
    return Hand(np.tile([x, y], (21, 1)).astype(float), 0.9)


@dataclass
class Flow:
    moves: np.ndarray

    def changes(self, cuts) -> np.ndarray:
        return self.moves


@dataclass
class Seeing:
    """Stands for a `Witness` that has seen hands at some places, (x, whether it moves)."""

    places: list[tuple[float, bool]]
    steps: int = STEPS
    used: tuple[ModelUsed, ...] = (FINDER,)
    mover: Any = None
    mouths: list[list[Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.mouths = [[] for _ in range(self.steps)]
        self.hands = [[hand(x) for x, _ in self.places] for _ in range(self.steps)]
        moves = np.zeros((PER_STEP * self.steps, ROWS, COLUMNS), np.float16)
        for x, is_moving in self.places:
            at = round(x * COLUMNS)
            moves[::2, 14:22, at - 4 : at + 4] = 3.0 * is_moving
        self.movement = Flow(moves)


def knowing(boxes=(LEFT,), sound: dict[int, float] | None = None, steps: int = STEPS, **more) -> Known:
    heard, seen = np.zeros((steps, len(LABELS)), np.float32), np.zeros((steps, len(LABELS), 14, 24), np.float32)
    for label, score in (sound if sound is not None else {GUITAR: 0.95}).items():
        heard[:, label] = score
    for box in boxes:
        seen[:, box.label, 5:9, round(box.x0 * 24) : round(box.x1 * 24)] = 0.9
    there = [dict(enumerate(boxes, start=1)) for _ in range(steps)]
    sounds = np.delete(heard, VOICE, axis=1).max(axis=1)
    known: dict[str, Any] = {
        "heard": heard,
        "sounds": sounds,
        "onsets": None,
        "seen": seen,
        "boxes": there,
        "visible": VISIBLE,
    }
    return Known(**known | more)


def played(witness: Seeing, known: Known, media: Media = MEDIA) -> Played:
    run, fractions = play(witness, known, media), []  # pyright: ignore[reportArgumentType]
    while True:
        try:
            fractions.append(next(run))
        except StopIteration as end:
            assert fractions == sorted(fractions) and fractions[-1] == 1
            return end.value


def test_a_guitar_that_is_heard_under_hands_that_move_is_played_there():
    said = played(Seeing([(0.25, True)]), knowing())
    assert said.scores is not None and (said.scores[:, GUITAR] > 0.8).all() and (said.moved[:, GUITAR] > 0.8).all()
    row, column = np.unravel_index(said.maps[5, GUITAR].argmax(), said.maps.shape[2:])
    assert ((column + 0.5) / 32, (row + 0.5) / 18) == pytest.approx((0.25, 0.5), abs=0.03)
    assert said.maps.max() == pytest.approx(said.scores.max(), abs=0.02) and said.maps.dtype == np.float16
    assert [set(players) for players in said.players] == [{1}] * STEPS and min(said.players[3].values()) > 0.8
    assert said.touches[0] == [(pytest.approx(0.25), pytest.approx(0.5), 0.9)] and said.models == (FINDER,)


def test_who_is_there_for_a_short_shot_plays_as_surely_as_one_who_stays():
    staying = knowing(sound={GUITAR: 0.3})
    there = [{1 + step // 2: LEFT} for step in range(STEPS)]
    cut = replace(staying, boxes=there, cuts=range(2, STEPS, 2))
    one, many = (played(Seeing([(0.25, True)]), known).players[6] for known in (staying, cut))
    assert set(many) == {4} and many[4] == pytest.approx(one[1]) and one[1] > 0.7


def test_a_guitar_that_is_held_is_not_played():
    said = played(Seeing([(0.25, False)]), knowing())
    assert said.scores is not None and said.scores[:, GUITAR].max() <= 0.2 and said.players[5][1] <= 0.2


def test_an_idle_drum_beside_a_player_is_not_played():
    said = played(Seeing([(0.25, True)]), knowing((LEFT, RIGHT), {GUITAR: 0.95, DRUM: 0.2}))
    assert said.scores is not None and said.scores[:, GUITAR].min() > 0.8 and said.scores[:, DRUM].max() <= 0.2
    assert said.players[5][1] > 0.8 and said.players[5][2] <= 0.2


def test_a_silent_track_keeps_its_place_and_its_movement():
    said = played(Seeing([(0.25, True)]), knowing(sound={}))
    assert said.scores is not None and said.scores.max() == 0 and (said.moved[:, GUITAR] > 0.8).all()
    one = said.maps[5, GUITAR]
    assert one.max() == pytest.approx(KEPT, rel=0.01) and (one == one.max()).sum() == 1


def test_without_sound_nobody_knows_who_plays():
    said = played(Seeing([(0.25, True)]), knowing(heard=None))
    assert said.scores is None and (said.moved[:, GUITAR] > 0.8).all() and said.players == [{}] * STEPS


def test_what_is_neither_heard_nor_seen_is_not_played_and_neither_is_the_voice():
    said = played(Seeing([(0.25, True)]), knowing(sound={GUITAR: 0.95, VOICE: 0.95}))
    assert said.scores is not None and said.scores[:, [FLUTE, VOICE]].max() == 0


def test_what_sounds_under_no_name_of_ours_is_played_by_who_moves():
    """A mandolin: it looks like a guitar, and the ear knows only that something is plucked."""
    moving = Seeing([(0.3, True)])
    unnamed, sounds = knowing(sound={GUITAR: 0.1}), np.full(STEPS, 0.9, np.float32)
    assert played(moving, unnamed).scores[:, GUITAR].max() < 0.5
    assert played(moving, knowing(sound={GUITAR: 0.1}, sounds=sounds)).scores[2:-2, GUITAR].min() >= 0.5


def test_where_there_is_no_picture_nothing_is_played():
    said = played(Seeing([(0.25, True)], steps=6), knowing(first=3))
    assert said.scores is not None and len(said.scores) == STEPS
    assert (said.scores[3:9, GUITAR] > 0.8).all() and not said.scores[:3].any() and not said.scores[9:].any()
    assert said.players[2] == {} and said.touches[9] == [] and not said.maps[10].any()


def test_of_two_who_move_the_one_in_time_plays():
    witness, onsets = Seeing([(0.25, True), (0.75, True)], steps=24), np.zeros((24 * 32, 4), np.float32)
    when = np.random.default_rng(1).random(24 * PER_STEP) < 0.3
    witness.movement.moves[when, 14:22, 12:20], witness.movement.moves[~when, 14:22, 12:20] = 3, 0
    onsets[np.flatnonzero(when) * 8] = 10
    both = (LEFT, RIGHT._replace(label=GUITAR))
    said = played(witness, knowing(both, steps=24, onsets=onsets))
    assert said.players[12][1] > 0.8 and said.players[12][2] < 0.5
    assert said.scores is not None and said.scores[12, GUITAR] > 0.8
