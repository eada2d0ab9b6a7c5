"""Everybody who is compared, in the order of the tables' rows: those that know nothing first, those that know the truth
last."""

from milo_demo.evaluation.separation import baselines
from milo_demo.evaluation.separation.case import Method

METHODS: dict[str, Method] = {
    "mixture": baselines.mixture,
    "HPSS": baselines.hpss,
    "REPET-SIM": baselines.repet_sim,
    "ideal binary": baselines.ideal_binary,
    "ideal ratio": baselines.ideal_ratio,
}
