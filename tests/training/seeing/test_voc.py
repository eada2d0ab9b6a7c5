import numpy as np
import pytest
from PIL import Image

from milo_demo.errors import MiloError
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import voc

FLUTE, HARP = LABELS.index("flute"), LABELS.index("harp")
SIZE = (200, 100)
BOX = "<bndbox><xmin>11</xmin><ymin>21</ymin><xmax>50</xmax><ymax>60</ymax></bndbox>"


@pytest.fixture
def folder(tmp_path):
    """One picture, whose annotation each test writes."""
    Image.new("RGB", SIZE).save(tmp_path / "a.jpg")
    return tmp_path


def annotated(folder, text):
    (folder / "a.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return voc.read(folder)


def test_what_is_written_is_read_back(tmp_path):
    rng = np.random.default_rng(0)
    written = {}
    for k in range(6):
        corners = np.sort(rng.choice(100, (2, 2, 2), replace=False), axis=2)  # box, axis, side; pixels
        boxes = [
            Detection(FLUTE, 1.0, x0 / 200, y0 / 100, x1 / 200, y1 / 100) for (x0, x1), (y0, y1) in corners.tolist()
        ]
        written[f"{k:06}"] = boxes
        voc.save(tmp_path, "train" if k < 4 else "val", f"{k:06}", Image.new("RGB", SIZE), boxes)
    for split, names in (("train", list(written)[:4]), ("val", list(written)[4:]), (None, list(written))):
        found = {path.stem: boxes for path, boxes in voc.read(tmp_path, split)}
        assert list(found) == names
        for name, boxes in found.items():
            assert np.allclose(boxes, written[name])


def test_corners_count_from_one_and_include_the_last_pixel():
    text = voc.to_xml("a.jpg", SIZE, [Detection(HARP, 0.7, 0.0, 0.0, 1.0, 1.0)])
    for line in ("<xmin>1<", "<ymin>1<", "<xmax>200<", "<ymax>100<", "<name>harp<", "<width>200<", "<depth>3<"):
        assert line in text


def test_names_of_other_tools_and_of_other_things(folder):
    text = "".join(f"<object><name>{name}</name>{BOX}</object>" for name in ("Grand Piano", "person", "flute"))
    ((_, boxes),) = annotated(folder, f"<annotation>{text}</annotation>")
    assert [LABELS[box.label] for box in boxes] == ["piano", "flute"]
    assert boxes[1] == pytest.approx((FLUTE, 1.0, 0.05, 0.2, 0.25, 0.6))


def test_a_pixel_too_far_is_cut_off(folder):
    box = "<bndbox><xmin>0</xmin><ymin>0</ymin><xmax>201</xmax><ymax>100</ymax></bndbox>"
    ((_, boxes),) = annotated(folder, about(box))
    assert boxes == [Detection(HARP, 1.0, 0.0, 0.0, 1.0, 1.0)]


BOMB = "<!DOCTYPE a [<!ENTITY e0 'ha'>"
BOMB += "".join(f"<!ENTITY e{k + 1} '{f'&e{k};' * 10}'>" for k in range(8)) + "]><annotation>&e8;</annotation>"


def about(what):
    return f"<annotation><object><name>harp</name>{what}</object></annotation>"


@pytest.mark.parametrize("text, why", [
    ("", "well-formed"),
    ("<annotation><object>", "well-formed"),
    (b"\xff\xfe<\x00a\x00", "well-formed"),
    ('<?xml version="1.0" encoding="klingon"?><annotation/>', "well-formed"),
    ("<annotation><a" + " " * 1_000_000 + "/></annotation>", "more than 1 MB"),
    (BOMB, "document type"),
    (BOMB.encode("utf-16"), "document type"),
    ('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotation>&e;</annotation>', "document type"),
    ("<html/>", "annotation"),
    ("<annotation><size/></annotation>", "size/width"),
    ("<annotation><size><width>20</width><height>10</height></size></annotation>", "another size"),
    (about(""), "bndbox/xmin"),
    (about(BOX.replace("11", "nan")), "empty or reaches out"),
    (about(BOX.replace("50", "1e309")), "empty or reaches out"),
    (about(BOX.replace("50", "300")), "empty or reaches out"),
    (about(BOX.replace("11", "51")), "empty or reaches out"),
    (about(BOX.replace("11", "left")), "bndbox/xmin"),
])  # fmt: skip
def test_an_odd_annotation_is_refused_in_one_sentence(folder, text, why):
    with pytest.raises(MiloError, match=why) as refusal:
        annotated(folder, text)
    sentence = str(refusal.value)
    assert sentence.startswith("a.xml") and sentence.endswith(".") and "\n" not in sentence


def test_an_odd_folder_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(MiloError, match="holds no pictures with boxes"):
        voc.read(tmp_path)
    with pytest.raises(MiloError, match=r"list ImageSets/Main/val\.txt"):
        voc.read(tmp_path, "val")
    (tmp_path / "a.xml").write_text("<annotation><filename>../../secret.jpg</filename></annotation>")
    with pytest.raises(MiloError, match=r"no picture for a\.xml"):
        voc.read(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"not a picture")
    with pytest.raises(MiloError, match=r"a\.jpg cannot be read"):
        voc.read(tmp_path)
