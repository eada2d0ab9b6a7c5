"""Photos with boxes as Pascal VOC keeps them (Everingham et al. 2010): one XML file per picture, corners in whole
pixels counted from 1, as S1's tools and most annotation programs read and write them.

    JPEGImages/000001.jpg   Annotations/000001.xml   ImageSets/Main/train.txt   ImageSets/Main/val.txt

Files may come from anywhere: nothing in them is believed unseen, and a document type, the place where entity bombs are
declared, is refused.
"""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, UnidentifiedImageError

from milo_demo.errors import MiloError
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS, label_of

PICTURES, BOXES, SPLITS = "JPEGImages", "Annotations", "ImageSets/Main"
ENDINGS = (".jpg", ".jpeg", ".png")
LARGEST_BYTES = 1_000_000
SLACK_PX = 1.0
"""Annotation programs disagree by one about where the last pixel is; more than that is outside."""


def save(folder: Path, split: str, name: str, picture: Image.Image, boxes: Sequence[Detection]) -> None:
    """Add a picture and its boxes to a VOC folder, and its name to the list of its split.

    name : without ending
    """
    folder = Path(folder)
    for part in (PICTURES, BOXES, SPLITS):
        (folder / part).mkdir(parents=True, exist_ok=True)
    picture.save(folder / PICTURES / f"{name}.jpg", quality=92)
    (folder / BOXES / f"{name}.xml").write_text(to_xml(f"{name}.jpg", picture.size, boxes), encoding="utf-8")
    with open(folder / SPLITS / f"{split}.txt", "a", encoding="utf-8") as file:
        file.write(f"{name}\n")


def to_xml(picture: str, size: tuple[int, int], boxes: Sequence[Detection]) -> str:
    """The annotation of a picture of a size (width, height) in pixels; corners are rounded to whole pixels."""
    width, height = size
    root = ElementTree.Element("annotation")
    _add(root, folder=PICTURES, filename=picture)
    _add(ElementTree.SubElement(root, "size"), width=width, height=height, depth=3)
    for box in boxes:
        thing = ElementTree.SubElement(root, "object")
        _add(thing, name=LABELS[box.label], truncated=0, difficult=0)
        _add(
            ElementTree.SubElement(thing, "bndbox"),
            xmin=1 + round(box.x0 * width),
            ymin=1 + round(box.y0 * height),
            xmax=round(box.x1 * width),
            ymax=round(box.y1 * height),
        )
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def read(folder: Path, split: str | None = None) -> list[tuple[Path, list[Detection]]]:
    """The pictures of a folder and the boxes of our instruments on them; other things with boxes are left out.

    Pictures lie beside their XML files or as VOC has them.

    split : only the names in this split's list

    Raises MiloError where there are none, or where one of them cannot be read.
    """
    folder = Path(folder)
    paths = sorted(folder.rglob("*.xml"))
    if split is not None:
        try:
            names = set((folder / SPLITS / f"{split}.txt").read_text(encoding="utf-8").split())
        except (OSError, UnicodeDecodeError):
            raise MiloError(f"{folder} has no readable list {SPLITS}/{split}.txt: leave the split out.") from None
        paths = [path for path in paths if path.stem in names]
    if not paths:
        raise MiloError(f"{folder} holds no pictures with boxes: name a folder of Pascal VOC's XML files.")
    found = []
    for path in paths:
        picture, size = _picture(path)
        found.append((picture, boxes(path, size)))
    return found


def boxes(path: Path, size: tuple[int, int]) -> list[Detection]:
    """The boxes in one XML file about a picture of a size (width, height) in pixels. Raises MiloError where it is not
    Pascal VOC's, or speaks of another picture."""
    path = Path(path)
    root = _annotation(path)
    width, height = size
    if root.find("size") is not None:
        told = _number(root, "size/width", path), _number(root, "size/height", path)
        if told != (width, height):
            raise MiloError(f"{path.name} speaks of a picture of another size than the one beside it: correct it.")
    found = []
    for thing in root.iter("object"):
        label = label_of((thing.findtext("name") or "").strip().lower().replace(" ", "_"), "photos")
        first_x, first_y, x1, y1 = (_number(thing, f"bndbox/{side}", path) for side in ("xmin", "ymin", "xmax", "ymax"))
        x0, y0 = first_x - 1, first_y - 1
        if not (-SLACK_PX <= x0 < x1 <= width + SLACK_PX and -SLACK_PX <= y0 < y1 <= height + SLACK_PX):
            raise MiloError(f"{path.name} has a box that is empty or reaches out of its picture: correct it.")
        if label is not None:
            inside = max(x0, 0) / width, max(y0, 0) / height, min(x1, width) / width, min(y1, height) / height
            found.append(Detection(LABELS.index(label), 1.0, *inside))
    return found


def _annotation(path: Path) -> ElementTree.Element:
    """The outermost element of an XML file, if it is Pascal VOC's."""
    if path.stat().st_size > LARGEST_BYTES:
        raise MiloError(f"{path.name} is no annotation of a picture: it has more than 1 MB.")
    parser = ElementTree.XMLParser(target=_Plain(path.name))
    try:
        parser.feed(path.read_bytes())
        root = parser.close()
    except MiloError:
        raise
    except (ElementTree.ParseError, LookupError, ValueError):  # the last two: unknown and impossible encodings
        raise MiloError(f"{path.name} is not well-formed XML: write it anew.") from None
    if root.tag != "annotation":
        raise MiloError(f"{path.name} is XML, but not Pascal VOC's: its outermost tag must be annotation.")
    return root


class _Plain(ElementTree.TreeBuilder):
    """Builds the tree of a file that declares no document type."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def doctype(self, *_: str | None) -> None:
        raise MiloError(f"{self.name} declares a document type, which Pascal VOC has none of: take it out.")


def _add(parent: ElementTree.Element, **texts: object) -> None:
    for tag, text in texts.items():
        ElementTree.SubElement(parent, tag).text = str(text)


def _number(element: ElementTree.Element, tag: str, path: Path) -> float:
    try:
        return float(element.findtext(tag) or "")
    except ValueError:
        raise MiloError(f"{path.name} says no number in {tag}: correct it.") from None


def _picture(path: Path) -> tuple[Path, tuple[int, int]]:
    """The picture an XML file is about, by its own name, and its size."""
    for folder in (path.parent, path.parent.parent / PICTURES):
        for ending in ENDINGS:
            picture = folder / f"{path.stem}{ending}"
            if picture.is_file():
                try:
                    with Image.open(picture) as image:
                        return picture, image.size
                except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
                    raise MiloError(f"{picture.name} cannot be read as a picture: write it anew.") from None
    raise MiloError(f"There is no picture for {path.name}: it must lie beside it or in {PICTURES}, with the same name.")
