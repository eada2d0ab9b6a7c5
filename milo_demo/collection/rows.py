"""What a clip has to say, brought to the columns of the tables."""

from pathlib import Path
from typing import Any

from milo_demo.collection.tables import SCHEMAS, Rows


def rows(found: dict[str, list[dict[str, Any]]]) -> Rows:
    """Of all that is known about a clip, what the tables have columns for; a clip that failed has its own row alone.

    >>> rows({"clips": [{"clip_id": "a", "source": "music/song.wav", "colour": "red"}]})["clips"]
    [{'clip_id': 'a', 'source': 'music/song.wav', 'name': 'song.wav'}]
    """
    made: Rows = {}
    for table, items in found.items():
        columns = set(SCHEMAS[table].names)
        made[table] = [{name: value for name, value in item.items() if name in columns} for item in items]
    for clip in made["clips"]:
        clip.setdefault("name", Path(clip["source"]).name)
        clip |= {name: legible(value) for name, value in clip.items() if isinstance(value, str)}
    return made


def legible(text: str) -> str:
    r"""A path or name as the tables have it: bytes in it that are no text are written out, as nothing else can be told
    apart by.

    >>> legible("\udce9tude.wav")
    '\\udce9tude.wav'
    """
    return text.encode(errors="backslashreplace").decode()
