"""Everybody who is compared, in the order of the tables' rows: those that know nothing first, those that know the truth
last."""

from milo_demo.evaluation.separation import baselines, ours
from milo_demo.evaluation.separation.case import Method
from milo_demo.evaluation.separation.published import separators

METHODS: dict[str, Method] = {
    "mixture": baselines.mixture,
    "HPSS": baselines.hpss,
    "REPET-SIM": baselines.repet_sim,
    "NMF, blind": separators.nmf_blind,
    "NMF, supervised": separators.nmf_supervised,
    "deep audio prior": separators.deep_audio_prior,
    "semantic, audio": separators.semantic_audio,
    "semantic, vision": separators.semantic_vision,
    "semantic, told": separators.semantic_told,
    "masks alone": ours.masks_alone,
    "notes alone": ours.notes_alone,
    "published notes": ours.published_notes,
    "network's owners": ours.networks_owners,
    "given names": ours.given_names,
    "own names": ours.own_names,
    "true owners": ours.true_owners,
    "true notes": ours.true_notes,
    "ideal binary": baselines.ideal_binary,
    "ideal ratio": baselines.ideal_ratio,
    "stems' pitch": baselines.stems_pitch,
}
ON_REQUEST = ("deep audio prior",)
"""Of these, those that take minutes for each mixture: only who names them gets them."""
