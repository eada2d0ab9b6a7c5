from pathlib import Path

import numpy as np

from milo_demo.instruments import LABELS
from milo_demo.playing.play import Played
from milo_demo.training.playing import clips

VIOLIN = LABELS.index("violin")


def played(scores, touches):
    steps = len(touches)
    maps = np.zeros((steps, len(LABELS), 1, 1), np.float16)
    by_label = None
    if scores is not None:
        by_label = np.zeros((steps, len(LABELS)), np.float32)
        by_label[:, VIOLIN] = scores
    return Played(maps, by_label, np.zeros((steps, len(LABELS)), np.float32), [{}] * steps, touches, (), maps[:, 0])


def test_hands_teach_only_where_something_is_surely_played():
    hands = [(0.5, 0.25, 0.9), (0.1, 0.2, 0.8)]
    steps = clips.taught(played([0.9, 0.2, 0.9], [hands, hands, []]), (256, 144))
    assert [[touch.label for touch in step] for step in steps] == [["violin"], [], []]
    assert steps[0][0].points.tolist() == [[128, 36], [25.6, 28.8]] and steps[0][0].sounds
    assert clips.taught(played(None, [hands]), (256, 144)) == [[]], "without sound nobody says what is played"


def test_clips_of_one_source_are_in_one_half():
    names = ("guitar_solo.mp4", "guitar_strings.mp4", "guitar_vp9_opus.webm")
    assert len({clips.fold(Path(name)) for name in names}) == 1
    assert {clips.fold(Path(f"{word}_1.mp4")) for word in ("drum", "guitar", "mandolin")} == set(clips.FOLDS)


def test_a_clip_is_a_lesson_like_any_other(example):
    lesson = clips.lesson(example)
    steps = len(lesson.truth)
    assert len(lesson.stacks) == len(lesson.sound) == len(lesson.objects) == steps > 10
    assert lesson.size == (256, 144) and lesson.stacks.shape[1] == 10
    assert lesson.sound[:, LABELS.index("guitar")].max() > 0.5
