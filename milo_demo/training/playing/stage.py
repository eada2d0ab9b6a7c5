"""The made stage: short shows of people who play scores, with exact truth for where and when an instrument is touched.

Hands, bows and sticks move as the notes demand; all else moves as well: bodies sway, others dance and clap, idle
players fidget, a camera shakes, pans and zooms, shots are cut, and now and then everything is one still picture that a
camera wanders over while the music goes on. A show is a function of the seed and of its number.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.grid import STEPS_PER_S
from milo_demo.training.playing.gestures import Part
from milo_demo.training.playing.performance import Piece
from milo_demo.training.playing.players import Bystander, Player, Touch
from milo_demo.training.playing.sprites import Map, lay, shifted, turned
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.cutouts import Cutout
from milo_demo.training.seeing.photos import Photo
from milo_demo.training.seeing.scenes import LENGTH_CM

SIDE_PX = 256
SHAPES = ((256, 144), (256, 192), (144, 256))
SHAPE_CHANCES = (0.6, 0.25, 0.15)
STILL = 0.1
"""How often a show is a still picture, panned over."""
AWAY = 0.2
"""How often a show has a shot without its players."""
UNHEARD = 0.2
"""How often someone with an instrument that the piece has no part for stands there, too, or alone."""
CUT = 0.4
CROWDED = 0.15
"""How often bystanders stand before the players, not behind them."""
GRAINS = 8


class Shot(NamedTuple):
    """start_s : of the show; place : what is behind; base : (3, 3), where the camera looks; cast : are players there"""

    start_s: float
    place: NDArray[np.uint8]
    base: Map
    cast: bool


class Maker:
    """Shows without end.

    cutouts : instruments; empties : photos without any, behind and beside them; pieces : what is played
    """

    def __init__(self, cutouts: list[Cutout], empties: list[Photo], pieces: list[Piece], seed: int = 0) -> None:
        self._of_kind: dict[str, list[Cutout]] = {}
        for cutout in cutouts:
            if cutout.kind in LENGTH_CM:
                self._of_kind.setdefault(cutout.kind, []).append(cutout)
        without = [photo for photo in empties if photo.kind is None]
        self._people = [photo for photo in without if photo.path.parent.name == "person"]
        self._places = [photo for photo in without if photo not in self._people]
        self._pieces = [piece for piece in pieces if set(piece.parts) & set(self._of_kind)]
        self._seed = seed
        self._read: dict[Photo, NDArray[np.uint8]] = {}

    def show(self, number: int, steps: int) -> "Show":
        """Show `number`, so many steps of the analysis grid long."""
        rng = np.random.default_rng((self._seed, number))
        piece = self._pieces[number % len(self._pieces)]
        size = SHAPES[rng.choice(len(SHAPES), p=SHAPE_CHANCES)]
        begin = int(rng.integers(1, max(2, piece.steps - steps)))
        players = self._cast(piece, size, rng)
        around = [Bystander(size, self._portrait(rng), rng) for _ in range(rng.choice(3, p=(0.5, 0.3, 0.2)))]
        idle = [self._draw(sorted(self._of_kind), rng) for _ in range(int(rng.random() < 0.3))]
        duration_s = steps / STEPS_PER_S
        shots = self._shots(size, players, duration_s, rng)
        return Show(size, piece, begin, steps, players, around, idle, shots, rng)

    def _cast(self, piece: Piece, size: tuple[int, int], rng: Generator) -> list[Player]:
        parts = sorted(set(piece.parts) & set(self._of_kind))
        count = min(len(parts), int(rng.choice((1, 2), p=(0.75, 0.25))))
        labels = rng.choice(parts, count, replace=False).tolist()
        chance = rng.random()
        others = sorted(set(self._of_kind) - set(piece.parts))
        if chance < UNHEARD and others:
            labels = labels[:1] * int(chance < UNHEARD / 2) + [str(rng.choice(others))]
        never = Part(np.array([[1e6, 1.0, 60.0, 64.0]]))
        return [
            Player(size, self._draw([label], rng), Part(piece.parts[label]) if label in piece.parts else never,
                   self._portrait(rng), rng)
            for label in labels
        ]  # fmt: skip

    def _shots(self, size: tuple[int, int], players: list[Player], duration_s: float, rng: Generator) -> list[Shot]:
        shots = [Shot(-np.inf, self._place(rng), _looking(size, None, rng), True)]
        if rng.random() < CUT:
            away = rng.random() < AWAY / CUT
            at_s = rng.uniform(0.1, 0.9) * duration_s
            focus = players[rng.integers(len(players))].middle
            place = self._place(rng) if rng.random() < 0.7 else shots[0].place
            shots.append(Shot(at_s, place, _looking(size, focus, rng), not away))
        return shots

    def _draw(self, kinds: list[str], rng: Generator) -> Cutout:
        choices = self._of_kind[kinds[rng.integers(len(kinds))]]
        return choices[rng.integers(len(choices))]

    def _portrait(self, rng: Generator) -> NDArray[np.uint8]:
        return self._photo(self._people[rng.integers(len(self._people))])

    def _place(self, rng: Generator) -> NDArray[np.uint8]:
        return self._photo(self._places[rng.integers(len(self._places))])

    def _photo(self, photo: Photo) -> NDArray[np.uint8]:
        if photo not in self._read:
            self._read[photo] = np.array(photos.read(photo.path))
        return self._read[photo]


class Show:
    """A few seconds on the stage.

    size  : width and height, pixels, the longer one SIDE_PX
    piece : what is played, from its step `begin` on, for `steps` steps
    """

    def __init__(
        self,
        size: tuple[int, int],
        piece: Piece,
        begin: int,
        steps: int,
        players: list[Player],
        around: list[Bystander],
        idle: list[Cutout],
        shots: list[Shot],
        rng: Generator,
    ) -> None:
        self.size, self.piece, self.begin, self.steps = size, piece, begin, steps
        self._players, self._around, self._idle, self._shots = players, around, idle, shots
        self.still = bool(rng.random() < STILL)
        self.labels = sorted({player.label for player in players} & set(piece.parts))
        shaky = rng.choice((0.0, 0.8, 2.5), p=(0.45, 0.35, 0.2))
        self._shake = rng.normal(0, shaky, (2, 3)), rng.uniform(0.2, 1.8, 3), rng.uniform(0, 6, 3)
        moves = rng.random() < (1.0 if self.still else 0.3)
        self._pan = rng.normal(0, 5, 2) * moves
        self._zoom = rng.choice((-0.04, 0.0, 0.04)) * moves
        self._per_s = float(rng.choice((1000.0, 15.0, 6.0), p=(0.85, 0.1, 0.05)))
        self._grain = np.clip(rng.normal(3, rng.uniform(0.5, 3), (GRAINS, size[1], size[0], 1)), 0, 20).astype(np.uint8)
        self._light = rng.uniform(0.35, 1.15) * rng.uniform(0.9, 1.1, 3)
        self._blur = rng.uniform(0.4, 1.1) if rng.random() < 0.3 else 0.0
        self._idle_at = rng.uniform(0.1, 0.9, (len(idle), 2)) * size
        self._crowded = bool(rng.random() < CROWDED)

    @property
    def cuts(self) -> list[float]:
        """Seconds of the show at which another shot begins."""
        return [shot.start_s for shot in self._shots[1:]]

    def draw(self, at_s: float, side_px: int = SIDE_PX) -> NDArray[np.uint8]:
        """The picture on screen at a second of the show, RGB (height, width, 3); it may ask for the time before 0."""
        width, height = (round(side * side_px / SIDE_PX) for side in self.size)
        score_s, body_s, shot, camera = self._moment(at_s, side_px)
        picture = _behind(shot.place, camera @ _covering(shot.place, self.size), (width, height))
        for cutout, at in zip(self._idle, self._idle_at, strict=True):
            scale = 0.5 * min(self.size) / max(cutout.pixels.shape)
            lay(picture, cutout.pixels, camera @ shifted(*at) @ np.diag([scale, scale, 1.0]))
        players = self._players if shot.cast else []
        for one in [*players, *self._around] if self._crowded else [*self._around, *players]:
            one.draw(picture, score_s, camera, body_s)
        return self._filmed(picture, at_s)

    def truth(self, step: int) -> list[Touch]:
        """Who is in the picture at a step of the show, where they touch their instruments in it (points outside are
        left out), and whether they play. Pixels of a picture of SIDE_PX."""
        at_s = step / STEPS_PER_S
        score_s, body_s, shot, camera = self._moment(at_s, SIDE_PX)
        found = []
        for player in self._players if shot.cast else []:
            touch = player.touch(score_s, camera, body_s)
            inside = ((touch.points >= 0) & (touch.points < self.size)).all(axis=1)
            played = touch.sounds and bool(inside.any()) and not self.still
            found.append(touch._replace(points=touch.points[inside], sounds=played))
        return found

    def _moment(self, at_s: float, side_px: int) -> tuple[float, float, Shot, Map]:
        """Seconds of the score and of the bodies, the shot, and from the stage to the picture."""
        shown_s = np.floor(at_s * self._per_s) / self._per_s
        shot = [shot for shot in self._shots if shot.start_s <= at_s][-1]
        live_s = 0.0 if self.still else shown_s
        score_s = self.begin / STEPS_PER_S + live_s
        size, rate, phase = self._shake
        shake = (size * np.sin(2 * np.pi * rate * shown_s + phase)).sum(axis=1)
        middle = np.array(self.size) / 2
        zoom = 1 + self._zoom * shown_s
        moved = shifted(*(middle + shake + self._pan * shown_s)) @ np.diag([zoom, zoom, 1.0]) @ shifted(*-middle)
        scale = side_px / SIDE_PX
        return score_s, live_s, shot, np.diag([scale, scale, 1.0]) @ moved @ shot.base

    def _filmed(self, picture: NDArray[np.uint8], at_s: float) -> NDArray[np.uint8]:
        if self._blur:
            picture = cv2.GaussianBlur(picture, (0, 0), self._blur).astype(np.uint8)
        picture = (picture * self._light).clip(0, 255).astype(np.uint8)
        frame = int(np.floor(at_s * min(self._per_s, 25.0)))
        grain = self._grain[frame * 5 % GRAINS]
        if grain.shape[:2] != picture.shape[:2]:
            grain = cv2.resize(grain, picture.shape[1::-1])[..., None]
        return np.minimum(picture.astype(np.uint16) + grain, 255).astype(np.uint8)


def _looking(size: tuple[int, int], focus: NDArray | None, rng: Generator) -> Map:
    """Where a shot's camera looks: at the whole stage, or closer to something on it, or from the other side."""
    middle = np.array(size) / 2
    zoom = 1.0 if focus is None else rng.uniform(0.7, 1.5)
    at = middle if focus is None else focus + rng.normal(0, 15, 2)
    flip = -1.0 if focus is not None and rng.random() < 0.3 else 1.0
    return shifted(*middle) @ turned(rng.normal(0, 0.02)) @ np.diag([flip * zoom, zoom, 1.0]) @ shifted(*-at)


def _covering(place: NDArray[np.uint8], size: tuple[int, int]) -> Map:
    """From a photo to the stage, a quarter larger than it."""
    rows, columns = place.shape[:2]
    scale = 1.25 * max(size[0] / columns, size[1] / rows)
    return shifted(*np.array(size) / 2) @ np.diag([scale, scale, 1.0]) @ shifted(-columns / 2, -rows / 2)


def _behind(place: NDArray[np.uint8], placed: Map, size: tuple[int, int]) -> NDArray[np.uint8]:
    drawn = cv2.warpAffine(place, placed[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return drawn.astype(np.uint8)
