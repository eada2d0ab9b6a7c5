"""Looking through the visitor's camera: one small still at a time comes in, the boxes in it go back, nothing is kept.

The picture itself runs in the browser (`player/live/live.js`), which sends its next still only when the last one has
been answered: whatever the machine can do, nobody looks at an old picture and nothing piles up.
"""

import base64
import binascii
import logging
from io import BytesIO
from pathlib import Path

import gradio as gr
import numpy as np
from anyio import CapacityLimiter, to_thread
from numpy.typing import NDArray
from PIL import Image

from milo_demo import pipeline
from milo_demo.errors import MiloError
from milo_demo.grid import per_cent
from milo_demo.instruments import INSTRUMENTS
from milo_demo.ui import words
from milo_demo.ui.player_data import file_url

PLAYER = Path(__file__).parent / "player"

AT_ONCE = 1
"""Stills looked at at once, over all visitors: one look keeps two cores busy. Who waits is served in turn."""
MOST_WAITING = 12
"""Beyond, visitors are sent away: with more, each would get less than one look a second."""

MOST_CHARACTERS = 400_000
"""A still of 384 px is a tenth of this; a bound on what one visitor can make the machine read."""

LOST = 0.25
"""A box appears where a score reaches the page's threshold and stays while it reaches this: a score that wavers around
one threshold would make it blink."""

MOUNT = f"""
const panel = import(new URL('{file_url(PLAYER / "live" / "live.js")}', document.baseURI))
  .then((live) => live.mount(element, props, server));
document.addEventListener('milo-camera', async () => (await panel).open());
"""

log = logging.getLogger(__name__)


def panel() -> gr.HTML:
    """The panel, closed until somebody presses *Live* (`entry/header.py`)."""
    limiter = CapacityLimiter(AT_ONCE)  # first come, first served; who waits holds no thread

    async def look(still: str) -> dict:
        if limiter.statistics().tasks_waiting >= MOST_WAITING:
            return {"wrong": "Too many people are looking at once: wait a moment."}
        return await to_thread.run_sync(answer, still, limiter=limiter)

    seen = labels()
    told = [
        {"name": it.name, "title": it.title, "sign": it.sign, "colour": it.colour, "ink": it.ink} for it in INSTRUMENTS
    ]
    return gr.HTML(
        {
            "labels": told,
            "side_px": pipeline.SIDE_PX,
            "threshold": words.THRESHOLD,
            "seen": [instrument.title for instrument in INSTRUMENTS if instrument.name in seen],
            "unseen": [instrument.title for instrument in INSTRUMENTS if instrument.name not in seen],
        },
        html_template=(PLAYER / "live" / "live.html").read_text(encoding="utf-8"),
        js_on_load=MOUNT,
        apply_default_css=False,
        server_functions=[look],
        elem_id="milo-live",
    )


def answer(still: object) -> dict:
    """What is seen in a still, for the browser.

    still : a JPEG in base64, its longer side at most `pipeline.SIDE_PX`

    Returns ``boxes``, rows of label index, score in per cent and x0, y0, x1, y1 in thousandths of the frame, strongest
    first; or ``wrong``, a sentence.
    """
    try:
        found = pipeline.look(decoded(still))
    except MiloError as error:
        return {"wrong": str(error)}
    except Exception:
        log.exception("a look through the camera failed")
        return {"wrong": "MILO stumbled over this picture, which is a fault of the program and not yours."}
    return {
        "boxes": [
            [label, per_cent(score)] + [round(1000 * side) for side in sides]
            for label, score, *sides in found
            if score >= LOST
        ]
    }


def decoded(still: object) -> NDArray[np.uint8]:
    """A still as RGB (height, width, 3). Raises MiloError if it is not what the browser should have sent."""
    wrong = MiloError("The camera's picture arrived damaged: stop the camera and start it again.")
    if not isinstance(still, str) or len(still) > MOST_CHARACTERS:
        raise wrong
    try:
        with Image.open(BytesIO(base64.b64decode(still, validate=True)), formats=["JPEG"]) as picture:
            if max(picture.size) > pipeline.SIDE_PX:
                raise wrong
            return np.asarray(picture.convert("RGB"))
    except (binascii.Error, OSError, SyntaxError, ValueError) as error:
        raise wrong from error


def labels() -> set[str]:
    """The instruments that the eye can find, by name; none where the checkpoints come from the Hub with the first
    look."""
    cards = pipeline.cards()
    return {label for role in ("object", "boxes") if role in cards for label in cards[role][0].labels}
