"""How well the eye sees: ``python -m milo_demo evaluate seeing --data DIR``.

Photos are looked at with a long side of 384 px, as clips are. Who says what:

boxes   : the box head
folds   : heads trained without the half of `guitar_boxes` that they look at. The head that ships was trained on both
          halves, so that of these photos this column counts, and *boxes* only says how well it knows its lesson
maps    : the object maps and their regions, learnt from words alone
teacher : the unmodified teacher's own rows under our labels, no rows added, and their maps' regions
centre  : a guess that is told what is there: each of it fills the middle of the picture
cells   : the truth, moved outwards to the maps' cells of 16 px: no map's region can say more

And of what:

guitar_boxes  : people playing guitars, boxes drawn by hand; also in frames of several sizes, see `frames`
made scenes   : `training.seeing.scenes`, of photos that no recipe trains on. Few cut-outs of some classes (four pianos,
                seven bagpipes and clarinets) stand behind them, which the intervals do not know of
kaggle30/val, omerdvi : photos known by name, see `named_photos`
new photos, look-alikes : see `rare`; *new photos: AP* of those with boxes drawn by hand
what is heard : the new photos once more, and those without instruments, see `heard`
video without instruments : see `ghosts`
false alarms  : pictures without instruments, kept from training and from calibration, in which anything reaches 0.5
ImageNet      : what is left of the teacher's thousand classes, see `imagenet`
clips         : what the program as a whole boxes in real videos, see `videos`
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from PIL import Image

from milo_demo.evaluation.seeing import baselines, frames, ghosts, heard, imagenet, measures, named_photos, rare, videos
from milo_demo.evaluation.seeing.predictions import Prediction, predict
from milo_demo.evaluation.table import Printer, Table
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.seeing import detect
from milo_demo.seeing.detect import Eye
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.scenes import maker_of
from milo_demo.weights.registry import BUNDLED

SCENES, SCENES_SEED = 480, 1
SHAPES_PX = ((SIDE_PX, 216), (SIDE_PX, SIDE_PX), (216, SIDE_PX))
MADE = "made scenes"
ANY = range(len(LABELS))
WHO = ("folds", "boxes", "maps", "teacher", "centre", "cells")


def evaluate(data: Path, pictures: Path | None = None) -> Table:
    """Measure the bundled eye and the teacher; print and return what is found. Takes ten minutes.

    pictures : folder to draw into: precision.svg, the boxes' average precision of each class in made scenes

    Raises MiloError where the data or the checkpoints are missing.
    """
    data, printer, folds = Path(data), Printer(WHO), BUNDLED / "folds"
    ours = detect.load()
    eyes = {"ours": ours, "teacher": baselines.teacher_eye(data, ours)}
    album, drawn = photos.split(photos.find(data))["report"], photos.boxed_by_hand(data)
    if not folds.is_dir():
        print(f"There are no heads in {folds}: of guitar_boxes, only what the head was trained on is shown.")
    printer.show(boxed_photos(data, eyes, folds))
    if folds.is_dir():
        printer.show(frames.measure(eyes["ours"], data, folds))

    maker = maker_of(album, SCENES_SEED)
    made = [maker.scene(number, *SHAPES_PX[number % len(SHAPES_PX)]) for number in range(SCENES)]
    truth = [scene.boxes for scene in made]
    printer.show(measures.compare(MADE, truth, _seen(eyes, [scene.picture for scene in made])))

    for name, pairs in (("kaggle30/val", named_photos.kaggle_val(data)), ("omerdvi", named_photos.omerdvi(data))):
        paths, labels = zip(*pairs, strict=True)
        printer.show(measures.named(name, labels, _seen_photos(eyes, paths)))
    new, alike = rare.kept(album)
    looked = _seen_photos(eyes, [photo.path for photo in new])
    if new:
        printer.show(rare.measure(new, looked))
    by_hand = {photo.path: boxes for photo in new if (boxes := drawn.get(photo.path))}
    if by_hand:
        printer.show(measures.compare("new photos", list(by_hand.values()), _seen_photos(eyes, list(by_hand))))
    if new and alike:
        printer.show(rare.look_alikes(_seen_photos(eyes, [photo.path for photo in alike])["ours"]))
        shown = [photo for photo in album if photo.kind]
        said = dict(zip(shown, predict(ours, (photos.read(one.path, SIDE_PX) for one in shown)), strict=True))
        for name, part in (("new photos", new + alike), ("all photos kept apart", shown)):
            printer.show(rare.strangers(name, {one: said[one] for one in part}))
    empty = [photo for photo in album if photo.kind is None]
    nothing = _seen_photos(eyes, [photo.path for photo in empty])
    printer.show(measures.false_alarms(empty, nothing))
    if new:
        printer.show(heard.measure("unheard", new, looked["ours"], nothing["ours"]))
        expectant = (_seen_photos({"ours": ours}, [photo.path for photo in part], ANY)["ours"] for part in (new, empty))
        printer.show(heard.measure("heard", new, *expectant))
    printer.show(ghosts.measure(empty))
    printer.show(imagenet.kept(eyes, album, data))
    if pictures is not None:
        _draw(printer.table, truth, Path(pictures))
    printer.show(videos.measure(data))
    return printer.table


def boxed_photos(data: Path, eyes: Mapping[str, Eye], folds: Path) -> Table:
    """What all say of the photos with boxes drawn by hand; the heads of the folds too, where there are any.

    eyes : "ours" and "teacher"
    """
    real = photos.boxed(data)
    truth = [photo.boxes for photo in real]
    seen = _seen_photos(eyes, [photo.path for photo in real])
    if folds.is_dir():
        pictures = [photos.read(photo.path, SIDE_PX) for photo in real]
        seen["folds"] = baselines.by_folds(eyes["ours"], real, pictures, folds)
    name = "guitar_boxes"
    return measures.compare(name, truth, seen) | measures.recall(name, "guitar", truth, seen)


def _seen_photos(
    eyes: Mapping[str, Eye], paths: Sequence[Path], likely: Collection[int] = ()
) -> dict[str, list[Prediction]]:
    pictures = {who: (photos.read(path, SIDE_PX) for path in paths) for who in eyes}
    return {who: list(predict(eye, pictures[who], likely)) for who, eye in eyes.items()}


def _seen(eyes: Mapping[str, Eye], pictures: Iterable[Image.Image]) -> dict[str, list[Prediction]]:
    return {who: list(predict(eye, pictures)) for who, eye in eyes.items()}


def _draw(table: Table, truth: Sequence[Sequence[Detection]], folder: Path) -> None:
    """The boxes' average precision of each class in made scenes, whose boxes are `truth`."""
    from milo_demo import plots  # matplotlib is needed for nothing else

    found = {}
    for label in LABELS:
        figure = table.get(f"{MADE}: AP@0.5 {label}", {}).get("boxes")
        if figure is not None and figure.interval is not None:
            count = sum(box.label == LABELS.index(label) for boxes in truth for box in boxes)
            found[label] = (figure.value, *figure.interval, count)
    plots.precisions(found, folder / "precision.svg", "Boxes in scenes made of photos that MILO was not trained on")
