"""The source localiser's recipe: pictures and sounds that match, and pairs that do not, which must stay dark.

The trunk stays as it is; its features of every picture are computed once. Pictures have boxes: made scenes, whose boxes
are exact, photos of people with guitars, drawn by hand, and photos with a name, around which the eye draws the box.
Sounds are the ear's made-up mixtures (`training.hearing.mixtures`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from milo_demo.features.patches import patches
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.models.source import NAMES, SourceLocaliser, heat
from milo_demo.seeing import detect
from milo_demo.training.hearing import sounds
from milo_demo.training.hearing.library import Library
from milo_demo.training.hearing.mixtures import Mixtures
from milo_demo.training.kept import keyed
from milo_demo.training.learner import (
    Figures,
    Learner,
    TimeBudget,
    device,
    fit,
    half,
    recipe_notes,
    write_checkpoint,
)
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.photos import FOLDS, Photo, fold
from milo_demo.training.seeing.scenes import maker_of

SCENES, NAMED = 400, 400
SHAPES_PX = ((SIDE_PX, 216), (SIDE_PX, 288), (216, SIDE_PX))
LEARNED_FOLD = FOLDS[0]
"""The half of the photos with boxes that is learned from; the other half is for measuring."""
SURE = 0.3
"""A box that the eye draws around what a photo is named for is taken from this score on."""
BATCH, MIXTURES = 8, 10
RATE = 1.5e-3
MATCHING = 0.5
"""Share of the pairs in which a sound is looked for that fits the picture; the others are as chance has it."""
BACKGROUND = len(LABELS)
SILENT = 0.1
"""Share of the sounds that are replaced by silence."""
DATA = [
    "pictures: made scenes of the eye's training photos; 173 photos of people with and without guitars, one half "
    "(AmirMG47/Yolo-Guitar-model, no licence stated); training photos with a name, boxes drawn by this project's eye",
    *sounds.SOURCES,
]
KNOWN_FAILURES = [
    "The few hundred pictures are learned by heart: after 14 minutes boxes were outlined better than after 34 (IoU of "
    "photos 0.57, of scenes 0.35), sounds named worse.",
    "Of several players of one instrument it cannot say which one sounds.",
    "0.96 s of sound are little: its ear is weaker than the sound model's, and seldom sure, so its heatmaps are faint.",
    "In real clips its brightest place is further from the hands than that of sound × object.",
    "Labels without photos light nothing up.",
]


class Picture(NamedTuple):
    """coarse : (1280, h, w), half precision; names : (h, w), what is at each place, BACKGROUND for nothing"""

    coarse: Tensor
    names: Tensor


def train(
    data: Path, out: Path, *, minutes: float = 34.0, seed: int = 0, workdir: Path | None = None, resume: bool = True
) -> None:
    """Train the localiser and write `out` (safetensors) and its model card beside it.

    minutes : to train; to look at the pictures and to prepare the sounds takes longer where it has not been done
    workdir : for the prepared sounds (see `training.hearing.sounds`) and the pictures' features; default: library/
              beside `out`

    Raises MiloError where the data is missing.
    """
    data, out = Path(data), Path(out)
    workdir = out.parent / "library" if workdir is None else Path(workdir)
    torch.manual_seed(seed)
    library = sounds.library(data, workdir, device())
    pictures = looked_at(data, workdir, seed)
    learner, budget = Learner(SourceLocaliser().to(device()), RATE, weight_decay=0.01), TimeBudget(minutes)
    fit(
        _steps(learner, pictures, library, budget, seed),
        {"source": learner},
        budget,
        resume_file=workdir / "source.training",
        resume=resume,
    )
    shown = sorted({int(name) for picture in pictures for name in picture.names.unique()} - {BACKGROUND})
    labels = [LABELS[label] for label in shown]
    card = {
        "role": "source",
        "name": "source-localiser",
        "labels": labels,
        "config": {},
        "thresholds": dict.fromkeys(labels, 0.5),
        "training_data": DATA,
        "licence": "MIT, of the recipe and these numbers; photos and sounds are not redistributed",
        "known_failures": KNOWN_FAILURES,
    }
    write_checkpoint(learner.averaged, card | recipe_notes("source", seed, budget), out)


def looked_at(data: Path, workdir: Path, seed: int, scenes: int = SCENES, named: int = NAMED) -> list[Picture]:
    """The pictures, as the bundled trunk sees them, looked at unless that lies in `workdir` already for this eye."""
    file = workdir / f"{keyed('pictures', seed, scenes, named, roles=('trunk', 'object', 'boxes'))}.pt"
    if not file.is_file():
        found = [tuple(picture) for picture in _look(data, detect.load(), seed, scenes, named)]
        workdir.mkdir(parents=True, exist_ok=True)
        torch.save(found, file)
    return [Picture(*parts) for parts in torch.load(file)]


def _look(data: Path, eye: detect.Eye, seed: int, scenes: int, named: int) -> Iterator[Picture]:
    rng = np.random.default_rng(seed)
    album = photos.split(photos.find(data))["train"]
    maker = maker_of(album, seed)
    for number in range(scenes):
        scene = maker.scene(number, *SHAPES_PX[number % len(SHAPES_PX)])
        yield look(photos.tensor(scene.picture), scene.boxes, eye)
    for photo in photos.boxed(data):
        if fold(photo) == LEARNED_FOLD:
            yield look(photos.tensor(photos.read(photo.path, SIDE_PX)), photo.boxes, eye)
    shown = [photo for photo in album if photo.kind in LABELS]
    for index in rng.permutation(len(shown))[:named].tolist():
        picture = photos.read(shown[index].path, SIDE_PX)
        if boxes := around_name(np.array(picture), shown[index], eye):
            yield look(photos.tensor(picture), boxes, eye)


def around_name(picture: np.ndarray, photo: Photo, eye: detect.Eye) -> list[Detection]:
    """The boxes that the eye draws around what a photo is named for."""
    [found] = detect.look(picture, eye).found
    return [box for box in found if LABELS[box.label] == photo.kind and box.score >= SURE]


@torch.inference_mode()
def look(frame: Tensor, boxes: list[Detection], eye: detect.Eye) -> Picture:
    """A picture (3, height, width) as the trunk sees it, and what its boxes say of each of its cells."""
    where = next(eye.trunk.parameters()).device
    with half(where):
        coarse = eye.trunk(frame[None].to(where)).coarse[0]
    return Picture(coarse.half().cpu(), names_of(boxes, (coarse.shape[1], coarse.shape[2])))


def names_of(boxes: list[Detection], shape: tuple[int, int]) -> Tensor:
    """What is at each cell (row, column) of a picture: of several boxes the smallest."""
    rows, columns = ((np.arange(length) + 0.5) / length for length in shape)
    names = np.full(shape, BACKGROUND)
    for box in sorted(boxes, key=lambda box: -box.area):
        inside = ((rows > box.y0) & (rows < box.y1))[:, None] & (columns > box.x0) & (columns < box.x1)
        names[inside] = box.label
    return torch.from_numpy(names)


def _steps(
    learner: Learner[SourceLocaliser], pictures: list[Picture], library: Library, budget: TimeBudget, seed: int
) -> Iterator[Figures]:
    """Steps of both networks together, without end: each by itself, and their product."""
    pairs = Pairs(pictures, library, seed + budget.steps)
    where = next(learner.module.parameters()).device
    while True:
        coarse, names, sound, heard = (part.to(where) for part in pairs.draw(min(1.0, 2 * budget.progress)))
        with half(where):
            pixels, said = learner.module.pixels(coarse), learner.module.sound(sound)
        figures = losses(pixels, said, names, heard, pairs.partner)
        learner.step(sum(figures.values(), torch.zeros((), device=where)), budget)
        yield figures


def losses(pixels: Tensor, said: Tensor, names: Tensor, heard: Tensor, partner: Tensor) -> dict[str, Tensor]:
    """What is wrong about the names of pixels, of sounds, and about the heatmaps of their pairs.

    pixels  : (batch, name, h, w), 0-1; names : (batch, h, w), what is there
    said    : (n, name), 0-1; heard : (n, name), what sounds, each with its share; all 0 where nobody knows
    partner : (batch,), the sound that each picture is shown with
    """
    seen = functional.nll_loss(pixels.clamp(min=1e-6).log(), names)
    known = heard.sum(1)
    sound = -(heard * said.clamp(min=1e-6).log()).sum() / known.sum().clamp(min=1)
    one_hot = functional.one_hot(names, NAMES)[..., :BACKGROUND].float()
    sounding = (heard[partner, :BACKGROUND] > 0).float()
    wanted = torch.einsum("bhwn,bn->bhw", one_hot, sounding)
    lit = heat(pixels, said[partner]).clamp(1e-6, 1 - 1e-6)
    pairs = functional.binary_cross_entropy(lit, wanted, reduction="none").mean((1, 2)) * known[partner]
    return {"pixels": seen, "sound": sound, "pairs": pairs.mean()}


class Pairs:
    """Pictures and sounds drawn together.

    partner : (batch,), of the batch last drawn, the sound that each picture is shown with
    """

    def __init__(self, pictures: list[Picture], library: Library, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._mixtures = Mixtures(library, "train", seed)
        self._of_shape: dict[tuple[int, ...], list[Picture]] = {}
        for picture in pictures:
            self._of_shape.setdefault(tuple(picture.names.shape), []).append(picture)
        self._shapes = [shape for shape, same in self._of_shape.items() if len(same) >= BATCH // 2]
        counts = np.array([len(self._of_shape[shape]) for shape in self._shapes])
        self._chances = counts / counts.sum()
        self._with: dict[tuple[int, ...], dict[int, list[int]]] = {}
        for shape in self._shapes:
            own = self._with[shape] = {}
            for index, picture in enumerate(self._of_shape[shape]):
                for name in picture.names.unique().tolist():
                    own.setdefault(name, []).append(index)
        self.partner = torch.zeros(0, dtype=torch.long)

    def draw(self, hardness: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """coarse (batch, 1280, h, w), names (batch, h, w), patches (n, 96, 64), heard (n, name): see `losses`."""
        rng = self._rng
        sound, truth = self._mixtures.draw(MIXTURES, hardness)
        quiet = torch.from_numpy(rng.random(MIXTURES) < SILENT).to(sound.device)
        sound, truth = sound * ~quiet[:, None], truth * ~quiet[:, None, None]
        heard = shares(truth.transpose(1, 2).flatten(0, 1))
        shape = self._shapes[rng.choice(len(self._shapes), p=self._chances)]
        pairs = [self._pair(shape, heard.cpu().numpy()) for _ in range(BATCH)]
        self.partner = torch.tensor([patch for _, patch in pairs])
        chosen = [self._of_shape[shape][index] for index, _ in pairs]
        coarse = torch.stack([picture.coarse for picture in chosen]).float()
        names = torch.stack([picture.names for picture in chosen])
        return coarse, names, patches(sound).flatten(0, 1), heard

    def _pair(self, shape: tuple[int, ...], heard: NDArray[np.float32]) -> tuple[int, int]:
        """A picture of a shape, and a patch of sound, by number."""
        patch = int(self._rng.integers(len(heard)))
        if self._rng.random() < MATCHING:
            own = self._with[shape]
            for other in self._rng.permutation(len(heard)).tolist():
                if fitting := [own[name] for name in np.flatnonzero(heard[other, :BACKGROUND]).tolist() if name in own]:
                    some = fitting[self._rng.integers(len(fitting))]
                    return some[self._rng.integers(len(some))], other
        return int(self._rng.integers(len(self._of_shape[shape]))), patch


def shares(truth: Tensor) -> Tensor:
    """What sounds in each patch: truth (n, label) of 0, 1 and UNKNOWN to (n, name), summing to 1; all 0 where nothing
    surely sounds, and something may."""
    sounding = (truth == 1).float()
    count = sounding.sum(1, keepdim=True)
    silent = ((truth == 0).all(1)).float()[:, None]
    return torch.cat([sounding / count.clamp(min=1), silent], dim=1)
