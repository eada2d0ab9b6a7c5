"""Everybody who is compared, in the order of the tables' rows: those that know nothing first, those that know the truth
last."""

from milo_demo.evaluation.separation import baselines, ours
from milo_demo.evaluation.separation.case import Method

METHODS: dict[str, Method] = {
    "mixture": baselines.mixture,
    "HPSS": baselines.hpss,
    "REPET-SIM": baselines.repet_sim,
    "masks alone": ours.masks_alone,
    "notes alone": ours.notes_alone,
    "given names": ours.given_names,
    "own names": ours.own_names,
    "true owners": ours.true_owners,
    "true notes": ours.true_notes,
    "ideal binary": baselines.ideal_binary,
    "ideal ratio": baselines.ideal_ratio,
}
