"""The scene maker: cut-outs pasted onto everyday scenes, so that every box is exact and there is no end of them.

Sizes from a stage far away to a close-up, one to five instruments, often several of a kind; people who hold them, as
large as they are beside such an instrument, and others; limbs across them; a stage's light, a telephone's blur and
compression over all. A scene is a function of the seed and of its number, so that a run can be resumed and a validation
set be made again anywhere.
"""

import io
from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import cutouts, photos
from milo_demo.training.seeing.cutouts import Cutout
from milo_demo.training.seeing.photos import Photo

UPRIGHT = ("congas", "drum", "harp", "piano", "xylophone")
"""Kinds that stand on the ground."""
TURNED = ("banjo", "clarinet", "flute", "guitar", "violin")
"""Kinds whose photos show them upright or aslant, but whose players hold them at many angles."""
TILTS_DEG = (8.0, 25.0, 60.0)
"""Standard deviations of the angle: of UPRIGHT kinds, of most, of TURNED ones."""
SMALLEST, LARGEST = 0.12, 0.95
"""Long side of a pasted instrument, as a part of the scene's long side."""
NUMBERS = (0.08, 0.34, 0.28, 0.18, 0.08, 0.04)
"""How often a scene holds none, one, two … instruments."""
SAME_AGAIN = 0.35
"""How often a further instrument is of the kind of the one before: duets, sections."""
OUTSIDERS = 0.2
"""How often each of the kinds outside the taxonomy are drawn, beside one inside: they get no box."""
LENGTH_CM = {
    "accordion": 45, "bagpipe": 80, "banjo": 90, "bassoon": 130, "cello": 120, "clarinet": 65, "congas": 75,
    "drum": 120, "electric_bass": 115, "erhu": 80, "flute": 67, "french_horn": 60, "guitar": 100, "guzheng": 160,
    "harp": 160, "piano": 150, "pipa": 100, "recorder": 40, "saxophone": 70, "trombone": 115, "trumpet": 55,
    "tuba": 95, "ukulele": 55, "violin": 60, "xylophone": 110,
}  # fmt: skip
"""Of the longer side: how large people are beside it."""
USUAL_CM = 90.0
"""The same of kinds outside the taxonomy."""
PERSON_CM = 52.0
"""Width of a portrait of head and shoulders."""
HELD, BESIDE = 0.35, 0.2
"""How often somebody stands behind an instrument and holds it, and how often somebody stands anywhere."""
SKINS = ((232, 190, 160), (198, 146, 112), (141, 92, 62), (86, 54, 38))
"""Colours of arms without sleeves, in full light."""
VISIBLE = 0.4
"""Share of an instrument that must be in the picture and uncovered for its box to stand."""


class Scene(NamedTuple):
    """picture: RGB; boxes: one per instrument of the taxonomy; kinds: of everything pasted, outsiders as well."""

    picture: Image.Image
    boxes: list[Detection]
    kinds: list[str]


class Maker:
    """Scenes without end.

    cutouts : what is pasted
    empties : photos without instruments: where it is pasted
    """

    def __init__(self, cutouts: list[Cutout], empties: list[Photo], seed: int = 0) -> None:
        self.cutouts, self.seed = cutouts, seed
        self.places = [np.array(photos.read(photo.path)) for photo in empties if photo.kind is None]
        self.people = [np.array(photos.read(photo.path)) for photo in empties if photo.path.parent.name == "person"]
        count = Counter(cutout.kind for cutout in cutouts)
        # Every kind of the taxonomy as often as any other: rare photos are seen more often.
        share = np.array([(1.0 if c.kind in LABELS else OUTSIDERS) / count[c.kind] for c in cutouts])
        self._share = share / share.sum()
        self._of_kind = {kind: [c for c in cutouts if c.kind == kind] for kind in count}

    def scene(self, number: int, width: int, height: int) -> Scene:
        """Scene `number`, of a size in pixels."""
        rng = np.random.default_rng((self.seed, number))
        picture = _background(self.places[rng.integers(len(self.places))], width, height, rng)
        covered = np.zeros((height, width), np.int16)  # which paste is on top at each place, from 1
        areas: list[int] = []
        pasted: list[tuple[str, NDArray]] = []
        for cutout in self._cast(rng):
            small = _posed(cutout, max(width, height), rng)
            corner = _anywhere(picture.size, small.size, rng)
            chance = rng.random()
            if self.people and chance < HELD + BESIDE:
                portrait = self.people[rng.integers(len(self.people))]
                if chance < HELD:
                    person, behind = _holding(portrait, cutout.kind, small, corner, rng)
                else:
                    person = _person(portrait, int(max(picture.size) * rng.uniform(0.2, 0.7)))
                    behind = _anywhere(picture.size, person.size, rng)
                _paste(picture, covered, -1, person, behind)
            mask = _paste(picture, covered, len(areas) + 1, small, corner)
            areas.append(int((np.array(small.getchannel("A")) > 127).sum()))
            pasted.append((cutout.kind, mask))
            if rng.random() < 0.4 and mask.any():
                _occlude(picture, covered, mask, self.places[rng.integers(len(self.places))], rng)
        mirrored = rng.random() < 0.5
        boxes = []
        for index, (kind, mask) in enumerate(pasted):
            seen = covered == index + 1
            if kind in LABELS and seen.sum() >= max(12, VISIBLE * areas[index]):
                boxes.append(_box(LABELS.index(kind), mask))
        if mirrored:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            boxes = [photos.flipped(box) for box in boxes]
        return Scene(developed(picture, rng), boxes, [kind for kind, _ in pasted])

    def _cast(self, rng: np.random.Generator) -> list[Cutout]:
        cast: list[Cutout] = []
        for _ in range(rng.choice(len(NUMBERS), p=NUMBERS)):
            if cast and rng.random() < SAME_AGAIN:
                choices = self._of_kind[cast[-1].kind]
                cast.append(choices[rng.integers(len(choices))])
            else:
                cast.append(self.cutouts[rng.choice(len(self.cutouts), p=self._share)])
        return cast


def maker_of(album: list[Photo], seed: int = 0) -> Maker:
    """A maker of scenes out of one part of the photos."""
    return Maker(cutouts.find(album), album, seed)


def developed(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Light, blur, noise and compression as a stage and a telephone have them; sizes and places stay."""
    if rng.random() < 0.35:
        picture = _stage_light(picture, rng)
    elif rng.random() < 0.4:
        gain = rng.uniform(0.5, 1.4) * rng.uniform(0.8, 1.2, 3)
        picture = Image.fromarray((np.array(picture) * gain).clip(0, 255).astype(np.uint8))
    if rng.random() < 0.35:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
    if rng.random() < 0.25:
        noise = rng.normal(0, rng.uniform(2, 14), (picture.height, picture.width, 1))
        picture = Image.fromarray((np.array(picture) + noise).clip(0, 255).astype(np.uint8))
    if rng.random() < 0.6:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=int(rng.integers(20, 85)))
        picture = Image.open(file)
        picture.load()
    return picture


def _background(place: NDArray[np.uint8], width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """A crop of a scene with the picture's shape; now and then a plain colour, as before a curtain or a wall."""
    if rng.random() < 0.08:
        return Image.new("RGB", (width, height), tuple(rng.integers(0, 256, 3).tolist()))
    rows, columns = place.shape[:2]
    scale = min(rows / height, columns / width) * rng.uniform(0.6, 1)
    w, h = width * scale, height * scale
    x, y = rng.uniform(0, columns - w), rng.uniform(0, rows - h)
    box = (x, y, x + w, y + h)
    return Image.fromarray(place).resize((width, height), Image.Resampling.BILINEAR, box=box)


def _posed(cutout: Cutout, side_px: int, rng: np.random.Generator) -> Image.Image:
    """The cut-out at a size, an angle and in a light of its own, RGBA without empty edges."""
    rows, columns = cutout.pixels.shape[:2]
    wanted = side_px * np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST)))
    stretch = np.exp(rng.uniform(-0.15, 0.15, 2)) * wanted / max(rows, columns)
    width, height = (max(3, round(length * by)) for length, by in zip((columns, rows), stretch, strict=True))
    small = Image.fromarray(cutout.pixels).resize((width, height), Image.Resampling.BILINEAR)
    if rng.random() < 0.5:
        small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    upright, usual, turned = TILTS_DEG
    tilt_deg = upright if cutout.kind in UPRIGHT else turned if cutout.kind in TURNED else usual
    small = small.rotate(rng.normal(0, tilt_deg), Image.Resampling.BILINEAR, expand=True)
    colour, alpha = small.convert("RGB"), small.getchannel("A")
    light = rng.uniform(0.55, 1.2) * rng.uniform(0.9, 1.1, 3)
    colour = Image.fromarray((np.array(colour) * light).clip(0, 255).astype(np.uint8))
    small = Image.merge("RGBA", (*colour.split(), alpha))
    opaque = alpha.point([0] * 128 + [255] * 128)
    return small.crop(opaque.getbbox() or (0, 0, 1, 1))


def _person(portrait: NDArray[np.uint8], side_px: int) -> Image.Image:
    """Head and shoulders out of a portrait, so wide, with soft edges, and what they wear below, RGBA."""
    head = Image.fromarray(portrait).resize((side_px, side_px), Image.Resampling.BILINEAR)
    person = head.resize((side_px, 2 * side_px), Image.Resampling.BILINEAR, box=(0, 0.9 * side_px, side_px, side_px))
    person.paste(head)
    mask = Image.new("L", person.size)
    draw = ImageDraw.Draw(mask)
    draw.ellipse((0.2 * side_px, 0.02 * side_px, 0.8 * side_px, 0.85 * side_px), fill=255)
    draw.rounded_rectangle((0.03 * side_px, 0.7 * side_px, 0.97 * side_px, 2.2 * side_px), 0.2 * side_px, fill=255)
    person.putalpha(mask.filter(ImageFilter.GaussianBlur(side_px / 60)))
    return person


def _holding(
    portrait: NDArray[np.uint8], kind: str, instrument: Image.Image, corner: tuple[int, int], rng: np.random.Generator
) -> tuple[Image.Image, tuple[int, int]]:
    """Somebody behind an instrument whose upper left corner is known, and where that person's is."""
    length_px = max(instrument.size)
    person = _person(
        portrait, max(8, int(length_px * PERSON_CM / LENGTH_CM.get(kind, USUAL_CM) * rng.uniform(0.8, 1.3)))
    )
    side_px = person.width
    left = corner[0] + instrument.width / 2 - side_px * rng.uniform(0.25, 0.75)
    top = corner[1] + instrument.height / 2 - side_px * rng.uniform(0.6, 1.6)
    return person, (int(left), int(top))


def _paste(
    picture: Image.Image, covered: NDArray[np.int16], number: int, piece: Image.Image, corner: tuple[int, int]
) -> NDArray[np.bool_]:
    """Put a piece somewhere, a part of it perhaps outside; returns where it is opaque, (row, column)."""
    alpha = piece.getchannel("A")
    picture.paste(piece, corner, alpha)
    whole = Image.new("L", picture.size)
    whole.paste(alpha, corner)
    mask = np.array(whole) > 127
    covered[mask] = number
    return mask


def _anywhere(whole_px: tuple[int, int], piece_px: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
    """Where in a picture a piece has its upper left corner; up to 15 % of it may be outside."""
    sides = zip(whole_px, piece_px, strict=True)
    left, top = (int(rng.uniform(min(0, w - p) - 0.15 * p, max(0, w - p) + 0.15 * p)) for w, p in sides)
    return left, top


def _occlude(
    picture: Image.Image,
    covered: NDArray[np.int16],
    mask: NDArray[np.bool_],
    place: NDArray[np.uint8],
    rng: np.random.Generator,
) -> None:
    """Lay an arm (skin or cloth), or a patch of another scene, across an instrument."""
    rows, columns = np.nonzero(mask)
    index = rng.integers(len(rows))
    x, y = float(columns[index]), float(rows[index])
    extent = max(np.ptp(rows), np.ptp(columns), 8)
    shape = Image.new("L", picture.size)
    draw = ImageDraw.Draw(shape)
    thickness = max(3, int(extent * rng.uniform(0.06, 0.22)))
    arm = rng.random() < 0.7
    if arm:
        angles = rng.uniform(0, 2 * np.pi) + np.array([0.0, rng.uniform(-1.2, 1.2)])
        elbow = x + extent * 0.7 * np.cos(angles[0]), y + extent * 0.7 * np.sin(angles[0])
        shoulder = elbow[0] + extent * np.cos(angles[1]), elbow[1] + extent * np.sin(angles[1])
        draw.line([(x, y), elbow, shoulder], fill=255, width=thickness, joint="curve")
        w = h = 0.7 * thickness  # of the hand
    else:
        w, h = extent * rng.uniform(0.1, 0.4, 2)
    draw.ellipse((x - w, y - h, x + w, y + h), fill=255)
    if arm and rng.random() < 0.6:
        skin = np.array(SKINS[rng.integers(len(SKINS))]) * rng.uniform(0.6, 1.1)
        colour = Image.new("RGB", picture.size, tuple(skin.clip(0, 255).astype(int).tolist()))
    else:
        colour = Image.fromarray(place).resize(picture.size, Image.Resampling.BILINEAR)
    picture.paste(colour, (0, 0), shape)
    covered[np.array(shape) > 127] = -1


def _box(label: int, mask: NDArray[np.bool_]) -> Detection:
    """Around all of the instrument that lies within the picture, covered or not."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)).tolist() for axis in (1, 0))
    height, width = mask.shape
    return Detection(
        label, 1.0, columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height
    )


def _stage_light(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A coloured spot somewhere in the dark."""
    rows, columns = np.mgrid[0 : 1 : picture.height * 1j, 0 : 1 : picture.width * 1j]
    distance = np.hypot(rows - rng.random(), columns - rng.random())
    spot = rng.uniform(0.1, 0.8) + np.exp(-((distance / rng.uniform(0.3, 1.0)) ** 2))
    tint = rng.uniform(0.5, 1.1, 3)
    return Image.fromarray((np.array(picture) * spot[..., None] * tint).clip(0, 255).astype(np.uint8))
