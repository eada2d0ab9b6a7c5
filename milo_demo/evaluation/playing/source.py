"""The source localiser against sound × object, on the same pictures with the same sounds.

Pictures are none that it learned from: photos of people with guitars, the half kept for measuring, and made scenes of
photos kept from all training. Sounds are real solo phrases of the validation set, 5 s each, of which the step in the
middle counts; both methods hear the whole 5 s as far as they care. And real clips with their own sound, at the steps of
which people have marked where an instrument is played.

localiser      : the published system, names of pixels times names of sounds
sound × pixels : the same names of pixels times what the ear hears, which listens for longer
sound × object : what the record says

matching : the sound of an instrument that is in the picture
another  : the sound of an instrument that is not; silence; noise: all must stay dark

IoU      : of the true boxes' cells and those that are at least half as bright as the brightest
pointing : how often the brightest place lies in a true box
lit      : how often anything is brighter than LIT: of matching pairs the more the better, of others a false alarm
AUC      : of the brightest places of matching pairs against those of all others: no threshold; of clips, of the steps
           in which the marked instrument is played against the others
px       : from the brightest place to the nearest mark, of a frame whose long side is 256; chance: its middle
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from milo_demo import weights
from milo_demo.evaluation.playing.annotations import Marked
from milo_demo.evaluation.playing.places import peak
from milo_demo.evaluation.playing.senses import Clip
from milo_demo.evaluation.table import Figure, Table, share
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.features.patches import patches
from milo_demo.fusion.product import sound_times_object
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX
from milo_demo.hearing import classify
from milo_demo.instruments import LABELS, label_of
from milo_demo.media import decode
from milo_demo.models.source import SourceLocaliser, heat
from milo_demo.seeing import detect
from milo_demo.seeing.watch import settle
from milo_demo.training.hearing import recordings
from milo_demo.training.playing.source import BACKGROUND, LEARNED_FOLD, SHAPES_PX, names_of
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.photos import fold
from milo_demo.training.seeing.scenes import maker_of

SCENES, SCENES_SEED = 120, 3
STEPS = 10
LIT = 0.25
"""What sound × object says where both are as likely as not."""
METHODS = ("localiser", "sound × pixels", "sound × object")


class Heard(NamedTuple):
    """label : what sounds, None for nothing; names : (name,), what the localiser's ear says; scores : (label,), what
    the ear says"""

    label: int | None
    names: torch.Tensor
    scores: NDArray[np.float32]


class Shown(NamedTuple):
    """boxes : in the picture; pixels : (1, name, h, w), the localiser's names; objects : (label, h, w), object maps"""

    boxes: list[Detection]
    pixels: torch.Tensor
    objects: NDArray[np.float32]


def table(data: Path, scenes: int = SCENES) -> Table:
    """Both methods, row by row: of the photos and of the scenes. Raises MiloError where data or checkpoints are
    missing."""
    localiser = weights.load("source").module
    eye, ear = detect.load(), classify.load()
    sounds = [*phrases(data, localiser, ear)]
    quiet = [heard(np.zeros(STEPS * STEP, np.float32), None, localiser, ear)]
    noises = [*noise(data, localiser, ear)]
    rng = np.random.default_rng(SCENES_SEED)
    found: Table = {}
    for name, pictures in (("guitar photos", guitars(data)), ("made scenes", made(data, scenes))):
        shown = [look(frame, boxes, localiser, eye) for frame, boxes in pictures]
        found |= _compared(name, [one for one in shown if one.boxes], sounds, quiet, noises, rng)
    return found


def _compared(
    name: str,
    shown: list[Shown],
    sounds: list[Heard],
    quiet: list[Heard],
    noises: list[Heard],
    rng: np.random.Generator,
) -> Table:
    figures: dict[str, dict[str, Figure]] = {}
    peaks: dict[str, dict[str, list[float]]] = {method: {} for method in METHODS}
    overlaps: dict[str, list[float]] = {method: [] for method in METHODS}
    points: dict[str, list[bool]] = {method: [] for method in METHODS}
    for one in shown:
        there = {box.label for box in one.boxes}
        choices = {
            "matching": [sound for sound in sounds if sound.label in there],
            "another instrument": [sound for sound in sounds if sound.label not in there],
            "silence": quiet,
            "noise": noises,
        }
        for kind, some in choices.items():
            if not some:
                continue
            sound = some[rng.integers(len(some))]
            for method, lit in maps(one, sound).items():
                peaks[method].setdefault(kind, []).append(float(lit.max()))
                if kind == "matching":
                    boxes = [box for box in one.boxes if box.label == sound.label]
                    true = names_of(boxes, (lit.shape[0], lit.shape[1])).numpy() != BACKGROUND
                    bright = lit >= 0.5 * lit.max()
                    overlaps[method].append(float((true & bright).sum() / max(1, (true | bright).sum())))
                    points[method].append(bool(true.ravel()[lit.argmax()]))
    for method in METHODS:
        own = peaks[method]
        dark = [value for kind, values in own.items() if kind != "matching" for value in values]
        truth = [1] * len(own["matching"]) + [0] * len(dark)
        auc = float(roc_auc_score(truth, own["matching"] + dark))
        figures.setdefault(f"{name}: IoU", {})[method] = Figure(float(np.mean(overlaps[method])), len(overlaps[method]))
        figures.setdefault(f"{name}: pointing", {})[method] = share(points[method])
        figures.setdefault(f"{name}: AUC of matching pairs", {})[method] = Figure(auc, len(truth))
        for kind, values in own.items():
            figures.setdefault(f"{name}: lit, {kind}", {})[method] = share([value > LIT for value in values])
    return figures


def maps(shown: Shown, sound: Heard) -> dict[str, NDArray[np.float32]]:
    """Each method's heatmap (row, column), 0-1."""
    pixels = shown.pixels[:, : len(LABELS)].numpy()
    products = (sound_times_object(sound.scores[None], seen)[0] for seen in (pixels, shown.objects[None]))
    return dict(zip(METHODS, (heat(shown.pixels, sound.names[None])[0].numpy(), *products), strict=True))


def look(frame: NDArray[np.uint8], boxes: list[Detection], localiser: SourceLocaliser, eye: detect.Eye) -> Shown:
    """A picture (height, width, 3) as both methods see it."""
    [sight] = detect.see([frame], eye)
    settle(sight.maps, sight.found, eye, [])
    return Shown(boxes, pixels(frame, localiser, eye), sight.maps[0])


@torch.inference_mode()
def pixels(frame: NDArray[np.uint8], localiser: SourceLocaliser, eye: detect.Eye) -> torch.Tensor:
    """The localiser's names of a picture (height, width, 3): (1, name, h, w)."""
    return localiser.pixels(eye.trunk(torch.from_numpy(frame).permute(2, 0, 1)[None]).coarse)


@torch.inference_mode()
def called(sound: NDArray[np.float32], localiser: SourceLocaliser) -> torch.Tensor:
    """What the localiser calls a sound (sample,): (step, name)."""
    audio = torch.from_numpy(sound)
    return localiser.sound(patches(normalise(audio, levels_dbfs(audio))[None])[0])


def heard(sound: NDArray[np.float32], label: int | None, localiser: SourceLocaliser, ear: classify.Ear) -> Heard:
    """A sound (sample,) of STEPS steps as both methods hear it in the middle."""
    scores = np.concatenate([block.instruments for block in classify.hear([sound], ear)])
    return Heard(label, called(sound, localiser)[STEPS // 2], scores[STEPS // 2])


def on_clips(data: Path, clips: Sequence[tuple[Marked, Clip]]) -> Table:
    """Both methods on the steps of real clips that somebody has marked; clips without sound are left out."""
    localiser, eye = weights.load("source").module, detect.load()
    truth: list[bool] = []
    peaks: dict[str, list[float]] = {method: [] for method in METHODS}
    apart: dict[str, list[float]] = {method: [] for method in METHODS}
    for marked, clip in clips:
        if clip.heard is None:
            continue
        parts = decode.audio(Path(data) / "clips" / marked.name, RATE_HZ, duration_s=clip.media.duration_s)
        sound = np.concatenate([part[0] for part in parts])
        names = called(sound, localiser)
        for step, marks in marked.steps.items():
            truth.append(len(marks) > 0)
            shown = Shown([], pixels(clip.frames[step], localiser, eye), clip.seen.maps[step])
            for method, lit in maps(shown, Heard(None, names[step], clip.heard.instruments[step])).items():
                peaks[method].append(float(lit.max()))
                if len(marks):
                    apart[method].append(marked.distance(step, *(peak(clip, lit) or marked.centre)))
    return {
        "clips: px": {method: Figure(float(np.mean(apart[method])), len(apart[method])) for method in METHODS},
        "clips: AUC of played steps": {
            method: Figure(float(roc_auc_score(truth, peaks[method])), len(truth)) for method in METHODS
        },
    }


def phrases(data: Path, localiser: SourceLocaliser, ear: classify.Ear) -> Iterator[Heard]:
    """Two stretches of each real solo phrase of an instrument of ours."""
    for path in sorted((data / "recordings" / "phrases_val").glob("*.ogg")):
        label = label_of(path.stem, "phrases")
        if label is None or label == "voice":
            continue
        sound = recordings.load(path)
        for start in np.linspace(0, max(0, len(sound) - STEPS * STEP), 4).astype(int)[1:3].tolist():
            yield heard(_stretch(sound, start), LABELS.index(label), localiser, ear)


def noise(data: Path, localiser: SourceLocaliser, ear: classify.Ear) -> Iterator[Heard]:
    """Noise and speech that nothing was trained on."""
    for path, split in recordings.negatives(data / "recordings"):
        if split == "evaluation":
            yield heard(_stretch(recordings.load(path), 0), None, localiser, ear)


def _stretch(sound: NDArray[np.float32], start: int) -> NDArray[np.float32]:
    part = sound[start : start + STEPS * STEP]
    return np.pad(part, (0, STEPS * STEP - len(part)))


def guitars(data: Path) -> Iterator[tuple[NDArray[np.uint8], list[Detection]]]:
    """The half of the photos with boxes that the localiser has not seen."""
    for photo in photos.boxed(data):
        if fold(photo) != LEARNED_FOLD:
            yield np.array(photos.read(photo.path, SIDE_PX)), photo.boxes


def made(data: Path, count: int) -> Iterator[tuple[NDArray[np.uint8], list[Detection]]]:
    """Scenes of photos kept from training."""
    maker = maker_of(photos.split(photos.find(data))["report"], SCENES_SEED)
    for number in range(count):
        scene = maker.scene(number, *SHAPES_PX[number % len(SHAPES_PX)])
        yield np.array(scene.picture), scene.boxes
