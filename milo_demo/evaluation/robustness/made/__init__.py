"""Files as nobody would want them: hostile, broken or odd, each made on the spot and with what must come out."""

from milo_demo.evaluation.robustness.made import bombs, containers, fakes, pictures, sounds
from milo_demo.evaluation.robustness.made.case import Case

__all__ = ["CASES", "Case"]

CASES: list[Case] = [*sounds.CASES, *pictures.CASES, *containers.CASES, *fakes.CASES, *bombs.CASES]
