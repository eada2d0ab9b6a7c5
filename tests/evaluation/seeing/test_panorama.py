"""In place of guitars, a bright rectangle on a dark photo; in place of the eye, something that finds what is bright."""

from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from milo_demo.__main__ import main
from milo_demo.evaluation.seeing import panorama as report
from milo_demo.evaluation.seeing.panorama import GUITAR, Placed, answer, by_itself, hang, rooms
from milo_demo.evaluation.table import Figure
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.media import sphere
from milo_demo.media.sphere import View
from milo_demo.outside import LOOKS
from milo_demo.seeing import panorama
from milo_demo.seeing.detect import Sight

BOX = Detection(GUITAR, 1.0, 0.3, 0.4, 0.7, 0.9)


@pytest.fixture
def photo() -> Image.Image:
    pixels = np.full((120, 160, 3), 30, np.uint8)
    pixels[48:108, 48:112] = 250
    return Image.fromarray(pixels)


@pytest.fixture(autouse=True)
def brightness_seen(monkeypatch):
    def see(frames, eye, batch=8, likely=()):
        frames = iter(frames)
        while group := list(islice(frames, batch)):
            maps = np.zeros((len(group), len(LABELS), 12, 12), np.float32)
            found = []
            for number, frame in enumerate(group):
                bright = frame[..., 0] > 128
                rows, columns = (np.flatnonzero(bright.any(axis=axis)) for axis in (1, 0))
                maps[number, GUITAR] = np.array(Image.fromarray(bright).convert("F").resize((12, 12))) / 255
                sides = [] if not len(rows) else [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
                scale = np.tile([1 / bright.shape[1], 1 / bright.shape[0]], 2)
                found.append([Detection(GUITAR, 0.9, *(sides * scale).tolist())] if sides else [])
            yield Sight(maps, found, np.zeros((len(maps), 1280), np.float16), np.zeros((len(maps), len(LOOKS))))

    monkeypatch.setattr(report, "see", see)
    monkeypatch.setattr(panorama, "detect", see)
    monkeypatch.setattr(panorama, "named", lambda sights, *_, **__: sights)


@pytest.mark.parametrize("azimuth_deg, elevation_deg", report.PLACES.values())
def test_a_photo_hangs_where_it_should(photo, azimuth_deg, elevation_deg):
    placed = Placed(photo, [BOX], View(azimuth_deg, elevation_deg, 60))
    frame = hang(placed, np.zeros((480, 960, 3), np.uint8))
    [seen] = sphere.views(frame, [placed.view])
    band = sphere.VIEW_PX // 8  # above and below a photo of 4:3
    shown = Image.fromarray(seen[band:-band]).resize(photo.size)
    assert np.abs(np.array(shown).astype(int) - np.array(photo)).mean() < 12
    assert seen[: band - 6].max() == 0 and seen[6 - band :].max() == 0


def test_rooms_have_walls_all_around(tmp_path):
    for number in range(7):
        Image.new("RGB", (90, 60), (20 + 30 * number, 0, 0)).save(tmp_path / f"{number}.png")
    room, other = islice(rooms(sorted(tmp_path.iterdir())), 2)
    assert set(np.unique(room[..., 0])) == {20, 50, 80, 110, 140, 170}
    assert 200 in other[..., 0], "the next room begins with the next photo"


def test_answers(photo):
    placed = Placed(photo, [BOX], View(170, 20, 60))
    maps = np.zeros((len(LABELS), 24, 48), np.float32)
    [right] = [Detection(GUITAR, 0.9, *sphere.frame_box(placed.view, *placed.on_view(BOX)[2:]))]
    towards = sphere.rays(placed.view, 0.5, 0.5 + 0.15 * 0.75)
    azimuth, elevation = sphere.angles(towards)
    maps[GUITAR, int((0.5 - elevation / 180) * 24), int((azimuth / 360 + 0.5) * 48)] = 1
    found = answer(maps, [Detection(0, 1.0, 0, 0, 0.1, 0.1), right], placed)
    assert found.hit and found.overlaps and found.map_hits and found.error_deg < 2
    doubtful = answer(maps, [right._replace(score=0.4)], placed)
    assert found.shown and doubtful.hit and not doubtful.shown
    wrong = answer(np.roll(maps, 12, axis=2), [right._replace(x0=0.1, x1=0.2), right], placed)
    assert not wrong.hit and not wrong.overlaps and not wrong.map_hits and wrong.error_deg > 50
    assert answer(maps, [], placed)[:4] == (False, False, False, 180.0)


def test_a_photo_by_itself(photo):
    found = by_itself(None, Placed(photo, [BOX], View(0, 0, 60)), 96)
    assert found.hit and found.overlaps and found.map_hits and found.error_deg < 3


def test_the_whole_report(photo, monkeypatch, tmp_path, capsys):
    Image.new("RGB", (64, 64), (20, 20, 20)).save(tmp_path / "wall.png")
    photo.save(tmp_path / "photo.png")
    wall = SimpleNamespace(path=tmp_path / "wall.png", kind=None)
    monkeypatch.setattr(report.detect, "load", lambda: None)
    monkeypatch.setattr(report, "fold_eyes", lambda ours, folder: {"half": ours})
    monkeypatch.setattr(report.photos, "fold", lambda photo: "half")
    monkeypatch.setattr(
        report.photos, "boxed", lambda data: [SimpleNamespace(path=tmp_path / "photo.png", boxes=[BOX])]
    )
    monkeypatch.setattr(report.photos, "find", lambda data: [wall])
    monkeypatch.setattr(report.photos, "split", lambda album: {"report": album})
    monkeypatch.setattr(report, "PLACES", {"front": (0, 0), "back": (180, 0)})
    table = report.evaluate(tmp_path)
    for row in ("alone", "front: around", "back: around"):
        assert (table[row]["hit"].value, table[row]["map"].value) == (1, 1), row
    assert table["back: around"]["error"].value < 3
    assert table["back: flat"]["IoU > 0.5"].value == 0, "cut in two by the seam"
    assert table["false alarms"] == dict.fromkeys(("around", "flat", "walls alone"), Figure(0, 1))
    assert "back: flat (1)" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--pictures", "--variants"])
def test_options_of_other_reports_are_refused(tmp_path, capsys, option):
    assert main(["evaluate", "sphere", "--data", str(tmp_path), option, str(tmp_path)]) == 2
    assert "leave it out" in capsys.readouterr().err
