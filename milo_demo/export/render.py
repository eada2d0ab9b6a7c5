"""annotated.mp4: the clip with everything drawn into the picture, for showing where no player of ours is at hand.

It looks like the page's player: maps as heat in the instrument's colour, boxes with sign, name and score, both gliding
between the steps of the analysis; at the bottom, what is heard at the moment.
"""

from collections import defaultdict
from collections.abc import Generator
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from milo_demo.analysis import Analysis, Box, WordBox
from milo_demo.errors import MiloError
from milo_demo.export.look import COLOURS, Look, heat
from milo_demo.geometry import turns
from milo_demo.grid import RELEASE, STEPS_PER_S, per_cent, spans
from milo_demo.instruments import BY_NAME
from milo_demo.media import decode
from milo_demo.media.normalise import FPS
from milo_demo.media.probe import probe

HEAT = 0.72
"""Opacity of a place whose score is 1: the picture stays visible under it."""

EASE = 0.15
"""Scores this little under the threshold fade out instead of vanishing."""

PLAYED = "played"
WHITE = 0.75
"""How far the colour of a place of score 1 goes to white where the instrument is played."""

DARK, LIGHT = (15, 23, 42), (248, 250, 252)

ENCODING = [
    *("-map", "0:v", "-map", "1:a?", "-crf", "21", "-bf", "0", "-g", str(FPS)),
    *("-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2:out_color_matrix=bt709:out_range=tv,format=yuv420p"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
    *("-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4"),
]
"""For FFmpeg: frames from the pipe with the sound of the clip, even sides, colours as players expect them of any size.
"""

SIDE_PX = 1920
"""360° frames are up to twice as wide, and would take four times as long to draw for a picture seen as a whole."""


def annotate(
    video: Path, analysis: Analysis, out: Path, look: Look | None = None, sound: Path | None = None
) -> Generator[float, None, None]:
    """Write `video` (a normalised clip with picture) to `out` with its analysis drawn in; yield the fraction done, 0-1.

    sound : a file whose sound is heard in place of the clip's

    `out` appears with the generator's end, complete, or not at all: closing it before removes what was begun. It is
    as large as `video`, but no larger than SIDE_PX. Takes about a fifth of the clip's length for 640×360 on two cores,
    two thirds for 1280×720.

    Raises MiloError if the video has no picture or the file cannot be written.

    See also `saved.annotate`, which draws a saved result.
    """
    # Half a second to import, which only those who want this file pay.
    from moviepy.video.io.ffmpeg_writer import FFMPEG_VideoWriter

    found = probe(video)
    count = max(1, round(found.duration_s * FPS))
    part = out.with_name(f".{out.name}.part")
    frames = decode.frames(video, FPS, min(max(found.width, found.height), SIDE_PX))
    first = next(frames)
    height, width, _ = first[1].shape
    painter = _Painter(analysis, max(width, height), look or Look())
    # With a protocol, FFmpeg takes no name with a colon for one.
    heard = {"audiofile": f"file:{sound or video}", "audio_codec": "aac" if sound else None}
    writer = FFMPEG_VideoWriter(
        f"file:{part}", (width, height), FPS, preset="superfast", ffmpeg_params=ENCODING, **heard
    )
    process = writer.proc
    assert process is not None
    try:
        for k, (time_s, frame) in enumerate(chain([first], frames)):
            writer.write_frame(painter.paint(frame, time_s))
            if k % 5 == 0:
                yield min(k / count, 1.0)
        writer.close()
        if process.returncode != 0:
            raise OSError(f"FFmpeg ended with {process.returncode}")
        yield 1.0
        part.replace(out)
    except OSError as error:
        raise MiloError("The annotated video cannot be written: is there room on the disk?") from error
    finally:
        if process.returncode is None:
            process.kill()
            with suppress(OSError):  # the pipe is broken, and nothing in it is wanted any more
                writer.close()
        part.unlink(missing_ok=True)


def still(video: Path, analysis: Analysis, time_s: float, look: Look | None = None) -> Image.Image:
    """One moment of `video` (a normalised clip with picture) as `annotate` draws it, no larger than SIDE_PX; behind
    the last frame, that."""
    found = probe(video)
    side_px, last_s = min(max(found.width, found.height), SIDE_PX), max(0.0, found.duration_s - 1 / FPS)
    _, frame = next(decode.frames(video, FPS, side_px, min(time_s, last_s), 1 / FPS))
    return Image.fromarray(_Painter(analysis, max(frame.shape[:2]), look or Look()).paint(frame, time_s))


class _Heat(NamedTuple):
    """maps (time, row, column), 0-1, and the colour they are shown in; does it go to white where they are high?"""

    maps: NDArray[np.floating]
    colour: str
    glows: bool


class _Painter:
    """Draws one analysis into frames of one size, whose longer side is `side_px`."""

    def __init__(self, analysis: Analysis, side_px: int, look: Look) -> None:
        self.analysis, self.maps = analysis, analysis.maps
        self.round = analysis.media.is_spherical
        self.threshold = look.threshold
        there = [row.label for row in analysis.clip if row.surest >= look.threshold or look.labels is not None]
        self.shown = [label for label in there if look.labels is None or label in look.labels]
        self.heats = [maps for layer in look.heat if (maps := self._heats(layer))]
        self.heard = self._heard() if self.maps.sound.size else []
        self.boxes: dict[int, dict[tuple[str, int], Box]] = defaultdict(dict)
        sure = {(box.label, box.player) for box in analysis.boxes if box.score >= look.threshold}
        for box in analysis.boxes if look.boxes else []:
            if box.label in self.shown and (box.label, box.player) in sure:
                self.boxes[round(box.time_s * STEPS_PER_S)][box.label, box.player] = box
        self.hands: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for at_s, x, y, _ in self.maps.hands.tolist() if look.hands else []:
            self.hands[round(at_s * STEPS_PER_S)].append((x, y))
        self.places = self._places() if look.boxes and self.round else {}
        self.words = [box for box in analysis.words if look.boxes and box.score >= look.threshold]
        self.by_hand = {correction.becomes for correction in analysis.corrections}
        self.line_px = max(2, round(side_px / 320))
        self.font_px = max(9, round(side_px / 52))
        self.font = ImageFont.load_default(size=self.font_px)

    def paint(self, frame: NDArray[np.uint8], time_s: float) -> NDArray[np.uint8]:
        """The frame (height, width, 3) as it stands at time_s, drawn upon; a new array of the same shape."""
        before, share = divmod(time_s * STEPS_PER_S, 1)
        before = min(int(before), len(self.maps.time_s) - 1)
        after = min(before + 1, len(self.maps.time_s) - 1)
        for layer in self.heats:
            frame = self._heated(frame, layer, before, after, share)
        image = Image.fromarray(frame)
        for x, y in self.hands.get(before, []):
            self._dot(image, x * image.width, y * image.height)
        for key, box in self.boxes.get(before, {}).items():
            self._box(image, box, self.boxes.get(after, {}).get(key, box), share)
        for box in self.words:
            if box.time_s <= time_s < box.until_s:
                self._word(image, box)
        bottom = image.height - self.line_px
        now = dict.fromkeys(label for label, start_s, end_s in self.heard if start_s <= time_s < end_s)
        boxed = {label for label, _ in self.boxes.get(before, {})}
        for label, (x, y) in self.places.items():
            if label in now and label not in boxed:
                self._tag(image, label, f"{self._title(label)} is heard here", x * image.width, y * image.height)
        for label in now:
            bottom -= self._tag(image, label, f"{self._title(label)} is heard", self.line_px, bottom)
        return np.asarray(image)

    def _title(self, label: str) -> str:
        return BY_NAME[label].title + " (named by hand)" * (label in self.by_hand)

    def _heard(self) -> list[tuple[str, float, float]]:
        """From when to when somebody is heard, by label."""
        scores = {label: self.maps.sound[:, self.maps.labels.index(label)].astype(np.float32) for label in self.shown}
        return [
            (label, first / STEPS_PER_S, end / STEPS_PER_S)
            for label, score in scores.items()
            for first, end in spans(score, self.threshold)
        ]

    def _places(self) -> dict[str, tuple[float, float]]:
        """Where in a 360° frame somebody is heard from, in fractions of it."""
        return {
            row.label: (row.azimuth_deg / 360 + 0.5, 0.5 - row.elevation_deg / 180)
            for row in self.analysis.clip
            if row.label in self.shown and row.azimuth_deg is not None and row.elevation_deg is not None
        }

    def _heats(self, layer: str) -> list[_Heat]:
        """The maps of a layer; none where there are none."""
        maps = heat(self.analysis, layer)
        if not maps.size:
            return []
        if layer in COLOURS:
            return [_Heat(maps[:, 0], COLOURS[layer], False)]
        columns = [self.maps.labels.index(label) for label in self.shown]
        return [
            _Heat(maps[:, at], BY_NAME[label].colour, layer == PLAYED)
            for label, at in zip(self.shown, columns, strict=True)
        ]

    def _heated(
        self, frame: NDArray[np.uint8], layer: list[_Heat], before: int, after: int, share: float
    ) -> NDArray[np.uint8]:
        """A frame (height, width, 3) and the maps of a layer over it; `share` of the way from one step to the next."""
        over = np.zeros((*layer[0].maps.shape[1:], 4), np.float32)  # colour by opacity, and opacity
        for maps, name, glows in layer:
            first, second = (maps[step].astype(np.float32) for step in (before, after))
            scores = (first + (second - first) * np.float32(share))[..., None]
            alpha = np.clip((scores - self.threshold) / EASE + 1, 0, 1) * scores * HEAT
            if alpha.max() > 0:
                colour, white = (np.array([*rgb, 1], np.float32) for rgb in (ImageColor.getrgb(name), (255, 255, 255)))
                over += alpha * (colour + (white - colour) * scores * (WHITE if glows else 0) - over)
        grown = cv2.resize(np.rint([1, 1, 1, 255] * over).astype(np.uint8), frame.shape[1::-1])
        colour, opacity = cv2.cvtColor(grown, cv2.COLOR_RGBA2RGB), cv2.extractChannel(grown, 3)
        x, y, width, height = cv2.boundingRect(opacity)
        if not width:
            return frame
        place, heated = np.s_[y : y + height, x : x + width], frame.copy()
        behind = cv2.multiply(frame[place], cv2.cvtColor(255 - opacity[place], cv2.COLOR_GRAY2RGB), scale=1 / 255)
        heated[place] = cv2.add(behind, colour[place])
        return heated

    def _box(self, image: Image.Image, now: Box, then: Box, share: float) -> None:
        score = now.score + (then.score - now.score) * share
        if score < RELEASE * self.threshold:
            return
        draw, (width, height) = ImageDraw.Draw(image), image.size
        start, end = (np.array([box.x0, box.y0, box.x1, box.y1]) for box in (now, then))
        if self.round:  # the shorter way, which may lead across the seam
            end[[0, 2]] += turns((now.x0 + now.x1) / 2, (then.x0 + then.x1) / 2)
        x0, y0, x1, y1 = (start + (end - start) * share) * [width, height, width, height]
        colour = BY_NAME[now.label].colour
        for turn in (-width, 0, width):  # a box across the seam of a 360° frame shows on both sides
            if x0 + turn >= width or x1 + turn <= 0:
                continue
            edges = (x0 + turn, y0, x1 + turn, y1)
            draw.rectangle(edges, outline=DARK, width=2 * self.line_px)
            draw.rectangle(edges, outline=colour, width=self.line_px)
            self._tag(image, now.label, f"{self._title(now.label)} {per_cent(score)}%", x0 + turn, y0)

    def _dot(self, image: Image.Image, x: float, y: float) -> None:
        """Where the finger tips of a hand are."""
        radius = 1.5 * self.line_px
        ImageDraw.Draw(image).circle((x, y), radius, LIGHT, DARK, max(1, self.line_px // 2))

    def _word(self, image: Image.Image, box: WordBox) -> None:
        """A box in white, as no instrument has it, and the word in quotes on its upper edge."""
        draw, (width, height) = ImageDraw.Draw(image), image.size
        edges = (box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height)
        draw.rectangle(edges, outline=DARK, width=2 * self.line_px)
        draw.rectangle(edges, outline=LIGHT, width=self.line_px)
        words = f"“{box.word}” {per_cent(box.score)}%"
        draw.text((edges[0], edges[1]), words, LIGHT, self.font, "lb", stroke_width=self.line_px, stroke_fill=DARK)

    def _tag(self, image: Image.Image, label: str, words: str, x: float, bottom: float) -> float:
        """Sign and words, standing on `bottom` inside the image; returns the height."""
        tag = _tag_picture(label, words, self.line_px, self.font_px)
        x, y = max(0, min(x, image.width - tag.width)), max(0, bottom - tag.height)
        image.paste(tag, (round(x), round(y)))
        return tag.height + self.line_px


@lru_cache(maxsize=256)
def _tag_picture(label: str, words: str, line_px: int, font_px: int) -> Image.Image:
    """Sign in the instrument's colour, then words. Few tags change from one frame to the next."""
    font, pad = ImageFont.load_default(size=font_px), 2 * line_px
    sign_px, words_px = (round(font.getlength(text)) + 2 * pad for text in (BY_NAME[label].sign, words))
    tall = font_px + 2 * pad
    tag = Image.new("RGB", (sign_px + words_px, tall), DARK)
    draw = ImageDraw.Draw(tag)
    draw.rectangle((0, 0, sign_px, tall), fill=BY_NAME[label].colour)
    draw.text((pad, tall / 2), BY_NAME[label].sign, BY_NAME[label].ink, font, anchor="lm")
    draw.text((sign_px + pad, tall / 2), words, LIGHT, font, anchor="lm")
    return tag
