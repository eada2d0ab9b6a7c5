"""Hands that are not found for a moment, which moving hands often are not: where they have just been, or will be."""

from collections.abc import Collection, Sequence

from milo_demo.playing.hands import Hand

STEPS = 2
"""How far to look, to both sides: a second."""
FADES = 0.5
"""So much surer is a hand of one step than one of the next."""


def remembered(hands: Sequence[Sequence[Hand]], cuts: Collection[int] = ()) -> list[list[Hand]]:
    """Per step, its hands; where none are found, those of the nearest step of the same shot that has any, less sure.

    cuts : the steps at which a new shot begins
    """
    return [list(found) or _nearest(hands, step, cuts) for step, found in enumerate(hands)]


def _nearest(hands: Sequence[Sequence[Hand]], step: int, cuts: Collection[int]) -> list[Hand]:
    for away in range(1, STEPS + 1):
        for other in (step - away, step + away):
            within = range(min(step, other) + 1, max(step, other) + 1)
            if 0 <= other < len(hands) and hands[other] and not any(cut in within for cut in cuts):
                return [hand._replace(score=hand.score * FADES**away) for hand in hands[other]]
    return []
