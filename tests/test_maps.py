import numpy as np

from milo_demo.instruments import LABELS
from milo_demo.maps import Maps, one_peak


def test_a_map_has_one_highest_place_where_half_precision_has_room_for_none():
    maps = np.full((2, 3, 4, 5), 0.9, np.float32)
    maps[..., 2, 3] += 1e-6
    kept = one_peak(maps)
    assert kept.dtype == np.float16
    highest = kept == kept.max(axis=(2, 3), keepdims=True)
    assert (highest.sum(axis=(2, 3)) == 1).all() and highest[..., 2, 3].all()
    np.testing.assert_allclose(kept, maps, atol=1e-3)


def test_what_is_kept_once_stays_as_it_is():
    once = one_peak(np.random.default_rng(0).random((3, 6, 7), np.float32))
    np.testing.assert_array_equal(one_peak(once.astype(np.float32)), once)


def test_a_dark_map_stays_dark():
    assert not one_peak(np.zeros((1, 4, 4), np.float32)).any()
    assert one_peak(np.zeros((2, 3, 0, 0), np.float32)).shape == (2, 3, 0, 0)


def test_the_peak_is_the_same_in_the_file(tmp_path):
    maps = Maps.empty(2)
    maps.object = np.full((2, len(LABELS), 3, 4), 0.5, np.float32)
    maps.object[:, :, 1, 2] = 0.5001
    maps.save(tmp_path / "maps.npz")
    again = Maps.load(tmp_path / "maps.npz").object
    assert again.dtype == np.float32
    assert (again.reshape(2, len(LABELS), -1).argmax(axis=2) == 6).all()
    assert ((again == again.max(axis=(2, 3), keepdims=True)).sum(axis=(2, 3)) == 1).all()
