import numpy as np

from milo_demo.fusion.product import sound_times_object
from milo_demo.instruments import LABELS

VIOLIN, PIANO = LABELS.index("violin"), LABELS.index("piano")


def test_bright_only_where_the_sounding_instrument_is_seen():
    sound = np.zeros((2, len(LABELS)), np.float16)
    sound[0, VIOLIN] = 0.5  # the violin sounds at the first step, nothing at the second
    maps = np.zeros((2, len(LABELS), 1, 3), np.float32)
    maps[:, VIOLIN, 0, 0] = 0.8
    maps[:, PIANO, 0, 2] = 1.0
    product = sound_times_object(sound, maps)
    assert product.dtype == np.float32
    np.testing.assert_allclose(product, [[[0.4, 0, 0]], [[0, 0, 0]]])
