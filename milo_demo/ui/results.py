"""Where the page's results lie, and what is done with one that is there: open it again, draw it, take it away."""

import json
import math
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from gradio.utils import get_upload_folder

from milo_demo import saved
from milo_demo.analysis import Analysis
from milo_demo.corrections import revised, undone
from milo_demo.errors import MiloError
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.saved import LAYERS, Look, Wish
from milo_demo.ui import status, views, words
from milo_demo.ui.entry.examples import SHOWN
from milo_demo.ui.player_data import fresh_url
from milo_demo.ui.tags import heatmap
from milo_demo.ui.tracks import rows
from milo_demo.ui.views import View

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"

CLIP = "clip"
"""What a result's folder is called after, if not after an example."""
RESULT = re.compile(r"([\w-]+)-[0-9a-f]{24}")
COLLECTED = re.compile(r"collected-([0-9a-f]{16})")
"""What a link to a clip of the collection calls it; a visitor's copy is called after it, so that the clip can be had
again when that has gone."""

DONE = "analysis.json"
"""Is in the folder of a result that is complete."""

GONE = "This result is gone: analyse the file again."
NONSENSE = "The page has said something that makes no sense: load it again."
SENSELESS = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What comes of reading words that make no sense."""

LOUDEST, MOST_CUTS = 4.0, 1000
"""How much a track can be raised, as on the page; in how many parts tracks can be silent, each of which takes time."""

REFRESH_S = 0.2
"""Between two updates of the bar: often enough to look alive, and each is a moment at which a run can be cancelled."""


def new_folder(kind: str) -> Path:
    """An empty folder for a result; who is told its name can see the result, so that it cannot be guessed.

    kind : what was analysed, an example's name, a clip of the collection, or `CLIP`
    """
    folder = Path(home().name) / f"{kind}-{secrets.token_hex(12)}"
    folder.mkdir()
    return folder


def discard(folder: str | None) -> None:
    """Remove a run's folder, if there is one."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def is_example(source: str) -> bool:
    return Path(source).resolve().is_relative_to(EXAMPLES.resolve())


def opened(address: str, collection: Path | None = None) -> View:
    """The page has been opened at an address, which may name a result after its #: show it, if it is still there.

    Every visitor gets a folder of their own, with the same files in it: it stays when another's goes, and what is done
    to it is not done to a clip of the collection.
    """
    (name,) = parse_qs(address.lstrip("#")).get("result", [""])[:1]
    if not name:
        return View()
    kind, found = _kind(name), Path(home().name) / name
    collected = COLLECTED.fullmatch(kind) if collection else None
    folder = new_folder(kind if collected or kind in _examples() else CLIP)
    try:
        if collection and collected and not _is_there(found):
            found = collection / "clips" / collected[1]
        elif not RESULT.fullmatch(name):  # which may lead anywhere
            raise MiloError(f"No result is called {name}.")
        saved.share(found, folder)
        return views.opened(Analysis.load(folder), folder, kind in _examples())
    except (MiloError, OSError):
        discard(str(folder))
        if kind in _examples():  # which the browser then has analysed again
            return View(player={"state": "idle", "example": kind})
        return View(status=status.failed("The result of this link is gone.", "Choose its file and analyse it again."))


def asked_to_draw(busy: bool | str) -> View:
    """The annotated video is asked for: from now on nothing begins that changes the result, also while others' videos
    come first."""
    return View() if busy else views.drawing(0.0)


def annotate(folder: str | None, wish: str | None = "") -> Iterator[View]:
    """Write annotated.mp4 into the run's folder and offer it. Closing the iterator stops it.

    wish : what is seen and heard on the page (`wish` in player/player.js)
    """
    try:
        place = there(folder)
        with closing(saved.annotate(place, wished(wish or ""))) as fractions:
            for fraction in _now_and_then(fractions):
                yield views.drawing(fraction)
        files = views.links(Analysis.load(place), place)
        yield views.drawn("The annotated video is ready to be taken away.")._replace(files=files)
    except (MiloError, OSError) as error:
        yield views.drawn("")._replace(status=failed(error, folder))


def wished(text: str) -> Wish:
    """The browser's words as a wish; what makes no sense in them is left out."""
    try:
        told = json.loads(text or "{}")
        threshold = min(max(_number(told.get("threshold", words.THRESHOLD)), 0.01), 0.99)
        labels, cuts = told.get("labels"), told.get("cuts", {})
        if sum(map(len, cuts.values())) > MOST_CUTS:
            raise ValueError("more than anybody hears")
        look = Look(
            threshold,
            bool(told.get("boxes", True)),
            tuple(layer for layer in LAYERS if layer in told.get("heat", Look.heat)),
            None if labels is None else tuple(map(str, labels)),
            bool(told.get("hands", False)),
        )
        levels = told.get("levels")
        return Wish(
            look,
            None if levels is None else {str(label): min(max(_number(it), 0), LOUDEST) for label, it in levels.items()},
            {str(label): [(_number(a), _number(b)) for a, b in it] for label, it in cuts.items()},
        )
    except SENSELESS as error:
        raise MiloError(NONSENSE) from error


def correct(folder: str | None, told: str | None) -> Iterator[View]:
    """Put a wrong name right in everything.

    told : in JSON, ``shown`` and what it ``becomes``, null: nothing; or whose correction to ``undo``
    """
    try:
        place, wish = there(folder), json.loads(told or "")
        yield View(status=status.bar("putting the name right", None))
        scores = {row.label: row.score for row in saved.found(place).clip}
        before = Analysis.load(place).corrections
        if "undo" in wish:
            corrections = undone(before, wish["undo"])
        elif wish["becomes"] in (None, *LABELS):
            corrections = revised(before, wish["shown"], wish["becomes"], scores)
        else:
            raise MiloError(f"MILO knows no {wish['becomes']}.")
        analysis = saved.correct(place, corrections)
        yield views.corrected(analysis, place, is_drawn(place))
    except (MiloError, OSError) as error:
        yield View(status=failed(error, folder))
    except SENSELESS:
        yield View(status=failed(MiloError(NONSENSE), folder))


def explain(folder: str | None) -> View:
    """Make the pictures of how the result came about."""
    if folder is None:
        return View()
    try:
        place = there(folder)
        sound, sheets = saved.spectrogram(place), saved.atlas(place)
    except (MiloError, OSError) as error:
        return View(explain={"ready": folder, "wrong": _sentence(error, folder)})
    known = {
        sense: {
            "colours": [BY_NAME[label].colour for label in sheet.labels],
            "titles": [BY_NAME[label].title for label in sheet.labels],
            "points": sheet.points,
            "places": sheet.places,
        }
        for sense, sheet in sheets.items()
    }
    if sound is None:
        return View(explain={"ready": folder, "sound": None, "atlas": known})
    told = {
        "url": fresh_url(sound.path),
        "frames": sound.frames,
        "frames_per_s": sound.frames_per_s,
        "bands": sound.bands,
        "tracks": [rows.colour(label) for label in sound.labels],
    }
    return View(explain={"ready": folder, "sound": told, "atlas": known})


def pack(folder: str | None) -> View:
    """Put all files of the result into one and offer it."""
    try:
        place = there(folder)
        saved.pack(place)
        files = views.links(Analysis.load(place), place)
    except (MiloError, OSError) as error:
        return View(status=failed(error, folder))
    return View(status=status.ready("everything.zip is ready to be taken away."), files=files)


def unfold(groups: list[str] | None, folder: str | None) -> View:
    """The tags, every one of `groups` and the best of the others. Nothing is computed anew."""
    try:
        return View(strips=heatmap.figure(Analysis.load(there(folder)), groups or []))
    except (MiloError, OSError) as error:
        return View(status=failed(error, folder))


def settled_drawing(busy: bool | str, source: str | None) -> View:
    """After the annotated video: one that did not come to its end was stopped. Where a run is busy it never began.

    source : the file that can be analysed next
    """
    if busy is True:
        return View(stop=views.hidden(), **views.changing(True))
    view = views.drawn("The annotated video was not made; everything else is here.") if busy else View()
    return view._replace(analyse=views.button(source is not None))


@cache
def home() -> tempfile.TemporaryDirectory:
    """Where the runs' folders are: inside Gradio's own folder, because its file route serves no other place outside
    the program. It goes when the program ends."""
    served = Path(get_upload_folder())
    served.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="milo-", dir=served)


def is_drawn(folder: str | Path) -> bool:
    """Whether the result in this folder is that of an example, which the player calls drawn."""
    return _kind(Path(folder).name) in _examples()


def there(folder: str | None) -> Path:
    """Where the session's result lies. Raises MiloError where it has none, or none any more."""
    if folder is None:
        raise MiloError("There is no result yet: analyse a file first.")
    if not _is_there(Path(folder)):
        raise MiloError(GONE)
    return Path(folder)


def failed(error: Exception, folder: str | None) -> str:
    """What is said where something could not be done with the session's result. Raises what is a fault of the program:
    of other errors than MiloError those that do not come of the result's being gone."""
    sentence = _sentence(error, folder)
    return status.failed(sentence, "The analysis is still here." if folder and sentence != GONE else "")


def _sentence(error: Exception, folder: str | None) -> str:
    """What went wrong, in a sentence that names no folder; a result that went meanwhile is all there is to say."""
    if folder and not _is_there(Path(folder)):
        return GONE
    if not isinstance(error, MiloError):
        raise error
    return str(error).replace(folder, "The result") if folder else str(error)


def _number(told: Any) -> float:
    """A number that the browser tells. Raises ValueError, TypeError or OverflowError where it is none."""
    number = float(told)
    if not math.isfinite(number):
        raise ValueError("not a number to reckon with")
    return number


def _is_there(folder: Path) -> bool:
    """Whether a complete result lies in a folder."""
    return (folder / DONE).is_file()


def _kind(name: str) -> str:
    """What a result's folder is called after."""
    return found[1] if (found := RESULT.fullmatch(name)) else name


def _examples() -> set[str]:
    return {example.name for example in SHOWN}


def _now_and_then(fractions: Iterator[float]) -> Iterator[float]:
    """`fractions`, thinned to one every REFRESH_S: each update is a message to the browser."""
    last_s = 0.0
    for fraction in fractions:
        if time.monotonic() - last_s >= REFRESH_S:
            yield fraction
            last_s = time.monotonic()
