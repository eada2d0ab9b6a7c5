"""What a picture's numbers mean as colours, and the way to those that every screen and every network here expects.

High dynamic range (HLG, as phones film; PQ) and the wide colours of BT.2020 become ordinary BT.709 by light, not by
number: what was white stays white, and only what is brighter than white is pressed together below it. Everything else
is left as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import av
import numpy as np

HLG, PQ = 18, 16
"""FFmpeg's numbers of the transfer functions (ITU-T H.273) with a high dynamic range."""
BT2020, UNKNOWN = 9, 2
"""FFmpeg's number of the wide primaries and matrix, and of what is not said."""

TRANSFERS = {HLG: "arib-std-b67", PQ: "smpte2084"}
PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"}
"""FFmpeg's names by number, of those that can be converted. Whatever else a file says, or nothing: BT.2020."""
SCALED = {0, 1, 2, 4, 5, 6, 7, 9}
"""Numbers of the matrices that FFmpeg's scaler knows; it refuses frames that name another."""
FULL = 2
"""FFmpeg's number of the range that uses every level."""

WHITES_NITS = (100.0, 203.0)
"""How bright white is: as ordinary pictures were put into HDR before there was a rule (FFmpeg still does), and by the
rule (ITU-R BT.2408), as phones and cameras do."""
BRIGHTEST = 99.9
"""So many per cent of the pixels are no brighter than what counts as the brightest: single sparks do not."""
DOUBT = 1.2
"""Coding makes white a little brighter than it was."""
LUMA = (0.2627, 0.6780, 0.0593)
"""Weights of red, green and blue in BT.2020."""
KNEE = 0.5
"""Up to this share of white (75 % as a number) light stays as it is; above, what is brighter than white needs room."""
LOOKED_PX = 320
"""Long side of the frames whose brightness is measured."""


@dataclass(frozen=True)
class Colour:
    """What a file says of its colours, by FFmpeg's numbers (ITU-T H.273), 2 where it says nothing.

    full : every level is used, as computers do; else the range of television
    rgb  : red, green and blue are stored, which need no matrix
    """

    transfer: int = 2
    primaries: int = 2
    matrix: int = 2
    full: bool = False
    rgb: bool = False

    @property
    def is_hdr(self) -> bool:
        """Whether its numbers reach far beyond white."""
        return self.transfer in TRANSFERS

    @property
    def is_wide(self) -> bool:
        """Whether it must be converted: shown as it is, it would look grey."""
        return self.is_hdr or self.primaries == BT2020


UNSAID = Colour()


def colour_of(frame: av.VideoFrame) -> Colour:
    """What a decoded frame says of its colours."""
    rgb = frame.format.is_rgb
    full = frame.color_range == FULL or (rgb and frame.color_range == 0)
    return Colour(int(frame.color_trc), int(frame.color_primaries), int(frame.colorspace), full, rgb)


def named_plainly(frame: av.VideoFrame) -> av.VideoFrame:
    """The same frame, saying nothing of a matrix that the scaler would refuse to read."""
    if int(frame.colorspace) not in SCALED:
        frame.colorspace = UNKNOWN
    return frame


def brightest_nits(frames: Iterable[av.VideoFrame], colour: Colour) -> float:
    """How bright the brightest places of some HDR frames are, candela per square metre; 0 without frames.

    Takes a millisecond or two per frame besides decoding.
    """
    found = 0.0
    for frame in frames:
        scale = min(1.0, LOOKED_PX / max(frame.width, frame.height))
        width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
        levels = named_plainly(frame).reformat(width, height, "rgb48le").to_ndarray() @ np.array(LUMA) / 65_535
        found = max(found, _nits(float(np.percentile(levels, BRIGHTEST)), colour.transfer))
    return found


def untold(colour: Colour) -> list[str]:
    """FFmpeg's filters by which a picture no longer says a matrix that the scaler does not know: it turns no colours
    here, but looks whether it could. Before any other filter, since FFmpeg scales for some of them.

    >>> untold(Colour())
    []
    """
    return [] if colour.matrix in SCALED else ["setparams=colorspace=unknown"]


def filters(colour: Colour, size: str, brightest: float = 0.0) -> list[str]:
    """FFmpeg's filters that bring a picture to a size and to colours that need no explanation.

    size      : width and height, pixels, as FFmpeg's scaler takes them: ``640:360``, or expressions
    brightest : of an HDR picture, as `brightest_nits` says; it decides how bright white is and how much room is needed

    Those of `untold` have to come before. An ordinary picture is only scaled, and keeps what it says of itself. A wide
    one comes out as BT.709 and says so; 1280×720 of it take twice as long as they would otherwise, 20 ms more a frame
    on two cores.

    >>> filters(Colour(), "640:360")
    ['scale=640:360:out_range=tv']
    """
    if not colour.is_wide:
        return [f"scale={size}:out_range=tv"]
    # Said anew, because a file that says half of it, or something impossible, would end the conversion.
    matrix = "gbr" if colour.rgb else MATRICES.get(colour.matrix, "bt2020nc")
    primaries = PRIMARIES.get(colour.primaries, "bt2020")
    transfer = TRANSFERS.get(colour.transfer, "bt709")
    said = f"range={'pc' if colour.full else 'tv'}:color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}"
    begun = [f"scale={size}", f"setparams={said}"]
    ordinary = "p=bt709:t=bt709:m=bt709:r=tv"
    if not colour.is_hdr:
        return [*begun, f"zscale={ordinary}"]
    white = WHITES_NITS[0] if brightest <= DOUBT * WHITES_NITS[0] else WHITES_NITS[1]
    peak = max(brightest / white, 1.0)
    return [
        *begun,
        f"zscale=p=bt709:t=linear:npl={white:g}",
        "format=gbrpf32le",
        f"tonemap=mobius:param={KNEE}:desat=0:peak={peak:.4f}" if peak > 1 else "tonemap=clip:desat=0:peak=1",
        f"zscale={ordinary}",
        # What the source says of its brightest light is no longer true.
        "sidedata=mode=delete:type=MASTERING_DISPLAY_METADATA",
        "sidedata=mode=delete:type=CONTENT_LIGHT_LEVEL",
    ]


def _nits(level: float, transfer: int) -> float:
    """The light of a grey whose number is `level`, 0-1, on the screen that the transfer function was made for."""
    if transfer == PQ:
        root = level ** (1 / 78.84375)
        return 10_000 * (max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
    scene = level**2 / 3 if level <= 0.5 else (np.exp((level - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return float(1000 * scene**1.2)
