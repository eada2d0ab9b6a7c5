import numpy as np

from milo_demo.fusion.product import sound_times_object, sources
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


def test_places_light_up_that_go_by_the_name_of_the_sound():
    sound = np.array([[0.75, 0.0, 0.25], [0.0, 0.0, 1.0]], np.float16)  # two labels and the background
    places = np.zeros((2, 3, 1, 3), np.float16)
    places[:, 0, 0, 0] = places[:, 1, 0, 1] = places[:, 2, 0, 2] = 1
    heat = sources(sound, places)
    assert heat.dtype == np.float32 and heat.shape == (2, 1, 3)
    assert heat[0, 0].tolist() == [0.75, 0, 0] and heat[1].max() == 0, "background to background stays dark"
