import numpy as np
import pytest

from milo_demo.media import sphere
from milo_demo.media.sphere import VIEWS, View, direction, frame_box


def patch_box(azimuth_deg, elevation_deg, angle_deg=20):
    """The frame's box around what a camera with this angle of view sees."""
    return frame_box(View(azimuth_deg, elevation_deg, angle_deg), 0, 0, 1, 1)


def test_axes():
    assert sphere.vectors(0, 0) == pytest.approx([0, 0, 1])
    assert sphere.vectors(90, 0) == pytest.approx([1, 0, 0], abs=1e-9), "azimuth grows to the right"
    assert sphere.vectors(0, 90) == pytest.approx([0, -1, 0], abs=1e-9), "elevation grows upwards"


@pytest.mark.parametrize("view", VIEWS)
def test_there_and_back(view):
    x, y = np.random.default_rng(0).random((2, 20))
    seen = sphere.rays(view, x, y)
    assert np.linalg.norm(seen, axis=-1) == pytest.approx(np.ones(20))
    assert np.array(sphere.places(view, seen)) == pytest.approx(np.array([x, y]))
    assert sphere.vectors(*sphere.angles(seen)) == pytest.approx(seen)
    behind = sphere.places(view, -seen)
    assert np.isnan(behind).all()


def test_up_is_up_in_every_view():
    for view in VIEWS[:-2]:
        azimuth, elevation = sphere.angles(sphere.rays(view, np.array([0.5, 0.5, 0.9]), np.array([0.5, 0.1, 0.5])))
        assert elevation[1] > elevation[0] == pytest.approx(view.elevation_deg)
        assert (azimuth[2] - azimuth[0]) % 360 == pytest.approx(np.degrees(np.arctan(0.8)))


def test_the_views_show_the_whole_sphere():
    directions = np.random.default_rng(0).normal(size=(20_000, 3))
    seen = np.zeros(len(directions), bool)
    for view in VIEWS:
        x, y = sphere.places(view, directions)
        seen |= (x > 0) & (x < 1) & (y > 0) & (y < 1)
    assert seen.all()


@pytest.mark.parametrize("azimuth_deg, elevation_deg", [(0, 0), (50, 20), (179.5, 0), (-110, -40), (0, 90), (0, -80)])
def test_views_show_what_lies_there(azimuth_deg, elevation_deg):
    """A bright spot in a frame appears in a view where geometry says, and only there."""
    height, width = 480, 960
    y, x = np.mgrid[:height, :width] + 0.5
    rays = sphere.vectors(360 * x / width - 180, 90 - 180 * y / height)
    spot = rays @ sphere.vectors(azimuth_deg, elevation_deg) > np.cos(np.radians(4))
    pictures = sphere.views(np.where(spot[..., None], 255, 20).astype(np.uint8).repeat(3, axis=2))
    assert pictures.shape == (len(VIEWS), sphere.VIEW_PX, sphere.VIEW_PX, 3) and pictures.dtype == np.uint8
    shown = 0
    for view, picture in zip(VIEWS, pictures, strict=True):
        x, y = sphere.places(view, sphere.vectors(azimuth_deg, elevation_deg))
        if 0.05 < x < 0.95 and 0.05 < y < 0.95:
            rows, columns = np.nonzero(picture[..., 0] > 128)
            assert (columns.mean() + 0.5) / sphere.VIEW_PX == pytest.approx(x, abs=0.012)
            assert (rows.mean() + 0.5) / sphere.VIEW_PX == pytest.approx(y, abs=0.012)
            shown += 1
    assert shown


def test_the_seam_leaves_no_line():
    """Brightness that depends on the direction alone has no step where the frame's edges meet."""
    azimuth = np.radians(360 * (np.arange(960) + 0.5) / 960 - 180)
    frame = np.broadcast_to((128 + 100 * np.cos(azimuth))[None, :, None], (480, 960, 3)).astype(np.uint8)
    back = sphere.views(frame, [View(180, 0, 90)])[0, sphere.VIEW_PX // 2, :, 0].astype(int)
    assert np.abs(np.diff(back)).max() <= 2


def test_boxes_of_the_frame():
    x0, y0, x1, y1 = patch_box(0, 0)
    assert (x0, x1) == pytest.approx((0.5 - 10 / 360, 0.5 + 10 / 360))
    # The top edge is a great circle, which rises highest in its middle.
    assert (y0, y1) == pytest.approx((0.5 - 10 / 180, 0.5 + 10 / 180))


@pytest.mark.parametrize("azimuth_deg", [180, -180, 175])
def test_a_box_across_the_seam(azimuth_deg):
    x0, _, x1, _ = patch_box(azimuth_deg, 0)
    assert 0 <= x0 < 1 < x1
    assert (x0, x1) == pytest.approx(
        (azimuth_deg % 360 / 360 + 0.5 - 10 / 360, azimuth_deg % 360 / 360 + 0.5 + 10 / 360)
    )


@pytest.mark.parametrize("elevation_deg", [30, 60, 75, -75])
def test_a_box_holds_all_that_its_view_box_shows(elevation_deg):
    view, sides = View(170, elevation_deg, 60), (0.3, 0.35, 0.8, 0.6)
    x0, y0, x1, y1 = frame_box(view, *sides)
    rng = np.random.default_rng(0)
    azimuth, elevation = sphere.angles(
        sphere.rays(view, rng.uniform(sides[0], sides[2], 5000), rng.uniform(sides[1], sides[3], 5000))
    )
    across, down = (azimuth / 360 + 0.5 - x0) % 1, 0.5 - elevation / 180
    assert across.max() == pytest.approx(x1 - x0, abs=0.02) and across.max() <= x1 - x0 + 1e-3
    assert (down.min(), down.max()) == pytest.approx((y0, y1), abs=0.01)


@pytest.mark.parametrize("elevation_deg, sides", [(85, (0.0, 1.0)), (-85, (0.0, 1.0))])
def test_a_box_with_a_pole_spans_the_width(elevation_deg, sides):
    x0, y0, x1, y1 = patch_box(40, elevation_deg)
    assert (x0, x1) == sides
    assert (y0 == 0 and y1 == pytest.approx(0.1, abs=0.03)) if elevation_deg > 0 else (y1 == 1 and y0 > 0.87)
    assert direction(x0, y0, x1, y1)[1] == np.sign(elevation_deg) * 90


@pytest.mark.parametrize("elevation_deg", [45, -45])
def test_a_box_spans_the_width_from_where_it_holds_the_pole_itself(elevation_deg):
    across, beside = patch_box(40, elevation_deg, 91), patch_box(40, elevation_deg, 89)
    assert (across[0], across[2]) == (0, 1) and beside[2] - beside[0] < 1


@pytest.mark.parametrize("azimuth_deg, elevation_deg", [(0, 0), (120, 40), (-179, 10), (180, -30), (30, 70)])
def test_direction_is_where_the_box_came_from(azimuth_deg, elevation_deg):
    found = sphere.vectors(*direction(*patch_box(azimuth_deg, elevation_deg)))
    error_deg = np.degrees(np.arccos(np.clip(found @ sphere.vectors(azimuth_deg, elevation_deg), -1, 1)))
    assert error_deg < 2
    assert -180 <= direction(*patch_box(azimuth_deg, elevation_deg))[0] < 180


def test_boxes_around_boxes():
    assert sphere.around([(0.2, 0.3, 0.4, 0.5)]) == pytest.approx((0.2, 0.3, 0.4, 0.5))
    assert sphere.around([(0.9, 0.3, 1.1, 0.5), (0.0, 0.4, 0.2, 0.6)]) == pytest.approx((0.9, 0.3, 1.2, 0.6))
    assert sphere.around([(0.02, 0.3, 0.1, 0.5), (0.8, 0.4, 1.0, 0.6)]) == pytest.approx((0.8, 0.3, 1.1, 0.6))
    assert sphere.around([(0.0, 0.0, 1.0, 0.1), (0.8, 0.0, 1.1, 0.3)]) == (0.0, 0.0, 1.0, 0.3)


def test_solid_angles_and_shares():
    cube = [*(View(90 * k, 0, 90) for k in range(4)), View(0, 90, 90), View(0, -90, 90)]
    areas, shares = sphere.overlaps(cube, np.array([[0.0, 0.0, 1.0, 1.0]] * 6))
    assert areas == pytest.approx(np.full(6, 4 * np.pi / 6), rel=0.01), "six faces make up the sphere"
    assert shares == pytest.approx(np.eye(6)), "and share nothing"
    # One thing seen by two views, across the seam: neither its size nor its place depends on the view.
    views = [View(170, 0, 90), View(-170, 0, 90)]
    seen = []
    for view in views:
        edges = sphere.vectors(np.array([172, 188, 180, 180]), np.array([0, 0, 8, -8]))
        x, y = sphere.places(view, edges)
        seen.append([x.min(), y.min(), x.max(), y.max()])
    areas, shares = sphere.overlaps(views, np.array(seen))
    assert areas[0] == pytest.approx(areas[1]) and shares.min() > 0.8
