"""Whether a value is a file that was uploaded here: of all the files of the machine, no other may be named."""

from pathlib import Path
from typing import Any

META = {"_type": "gradio.FileData"}
"""What marks a value as a file, for Gradio's server and its clients."""


def is_upload(folder: str | Path, value: Any) -> bool:
    """Whether a value is a file as Gradio's upload route returned it, said the way its clients say it.

    folder : where uploads lie, links and ``..`` in the file's path followed
    """
    if not isinstance(value, dict) or value.get("meta") != META:
        return False
    path = value.get("path")
    texts = (value.get(name) for name in ("orig_name", "mime_type", "url"))
    if not isinstance(path, str) or "\0" in path or not all(isinstance(text, str | None) for text in texts):
        return False
    if not isinstance(value.get("size"), int | None) or value.get("is_stream") not in (None, False):
        return False
    place = Path(path)
    try:
        return place.is_file() and place.resolve().is_relative_to(Path(folder).resolve())
    except (OSError, ValueError):
        return False
