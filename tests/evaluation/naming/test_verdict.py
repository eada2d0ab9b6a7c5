import numpy as np

from milo_demo.evaluation.naming import verdict
from milo_demo.instruments import LABELS


def scores(**said: float) -> np.ndarray:
    row = np.zeros(len(LABELS), np.float32)
    for label, score in said.items():
        row[LABELS.index(label)] = score
    return row


def test_one_name_for_both_senses_beats_either_of_them_where_one_is_wrong():
    pair = ("ukulele", scores(ukulele=0.85, guitar=0.3), "ukulele", scores(guitar=0.95))
    unlike = ("flute", scores(flute=0.9), "guitar", scores(guitar=0.9))
    table = verdict._table([pair], [unlike])
    first, only = table["pairs of one label: first"], table["pairs of one label: the only name"]
    assert [first[who].value for who in verdict.WHO] == [1, 0, 0, 1]
    assert [only[who].value for who in verdict.WHO] == [1, 0, 0, 1]
    assert table["pairs of unlike families: both named"]["MILO"].value == 1
