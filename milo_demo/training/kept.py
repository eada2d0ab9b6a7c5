"""What recipes keep between runs, under names that tell what it was made from: else another seed's, or an older
network's, would be taken for it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from milo_demo import weights
from milo_demo.weights.registry import sha256


def keyed(name: str, *made_from: object, roles: Sequence[str] = ()) -> str:
    """A name with a digest of what is kept under it depends on.

    made_from : numbers, names and the like; of a folder, all that lies in it
    roles     : of the networks in use that made it
    """
    parts = [*made_from, *(weights.find(role).card.sha256 for role in roles)]
    said = [_content(part) if isinstance(part, Path) else part for part in parts]
    return f"{name}-{hashlib.sha256(repr(said).encode()).hexdigest()[:12]}"


def _content(folder: Path) -> list[tuple[str, str]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path.relative_to(folder).as_posix(), sha256(path)) for path in files]
