"""Which checkpoint plays which role, and the fingerprints that say it is the right one.

A checkpoint is two files: ``<role>.safetensors`` (the numbers) and ``<role>.json`` (the model card, see `card`).
`registry.json` pins the sha256 of the card, and the card names that of the numbers, so a file from a cache or from the
Hub is used only if it is, byte for byte, the one this version of the program was tested with.
"""

import hashlib
import json
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from milo_demo.errors import MiloError
from milo_demo.weights.card import Card

if TYPE_CHECKING:
    from torch import nn

BUNDLED = Path(__file__).parents[2] / "checkpoints"
REGISTRY = Path(__file__).with_name("registry.json")
PIN = Path(__file__).with_name("hub.json")
"""The repository that was published last, and its commit; not there before anything has been."""
NEWEST = "main"
"""What is asked of a repository of which no commit is pinned. Content is pinned by the fingerprints all the same."""

MODULES: dict[str, str] = {
    "sound": "milo_demo.models.sound:SoundFCN",
    "spectrogram": "milo_demo.models.spectrogram:PatchNet",
    "vocabulary": "milo_demo.models.naming.vocabulary:Vocabulary",
    "masks": "milo_demo.models.masks:MaskNet",
    "company": "milo_demo.models.naming.company:Company",
    "tags": "milo_demo.models.tags:TagFCN",
    "trunk": "milo_demo.models.trunk:Trunk",
    "object": "milo_demo.models.object_map:ObjectMap",
    "boxes": "milo_demo.models.boxes:BoxHead",
    "closeup": "milo_demo.models.naming.closeup:CloseUp",
    "hands": "milo_demo.models.hand:Hands",
    "faces": "milo_demo.models.blaze:FaceDetector",
    "joint": "milo_demo.models.naming.joint:JointNet",
    "movement": "milo_demo.models.movement:MovementFCN",
    "source": "milo_demo.models.source:SourceLocaliser",
    "atlas": "milo_demo.models.naming.atlas:Atlas",
    "notes": "milo_demo.models.notes:NoteNet",
    "owner": "milo_demo.models.owner:OwnerNet",
    "quality": "milo_demo.models.quality:Quality",
    "semantic": "milo_demo.models.published.semantic:SemanticUNet",
    "dictionaries": "milo_demo.models.published.dictionaries:Dictionaries",
}
ROLES: tuple[str, ...] = tuple(MODULES)
COMPARED = ("source", "joint", "semantic", "dictionaries")
"""Roles that are there to be compared with."""
ASKED: tuple[str, ...] = tuple(role for role in ROLES if role not in COMPARED)
"""Roles that an analysis asks by itself, in that order."""


def module_class(role: str) -> "type[nn.Module]":
    """The network of a role; imported only when asked for, so that listing roles stays cheap."""
    module, name = MODULES[role].split(":")
    return getattr(import_module(module), name)


def files_of(role: str) -> tuple[str, str]:
    """File names of the numbers and of the card."""
    return f"{role}.safetensors", f"{role}.json"


def remote_files(role: str) -> tuple[str, str]:
    """The same in a repository on the Hub."""
    return f"{role}/model.safetensors", f"{role}/config.json"


def repository() -> tuple[str | None, str]:
    """The repository on the Hub, by ``MILO_HUB_REPO`` or as it was published last, and which of its commits."""
    pinned = json.loads(PIN.read_text(encoding="utf-8")) if PIN.is_file() else {}
    chosen = os.environ.get("MILO_HUB_REPO") or pinned.get("repository")
    return chosen, pinned["revision"] if pinned and chosen == pinned["repository"] else NEWEST


def imported_folder() -> Path:
    """Where `weights import` puts checkpoints that somebody else published: in the user's cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
    return Path(cache) / "milo" / "weights"


def fingerprints() -> dict[str, str]:
    """Role -> sha256 of its card."""
    return json.loads(REGISTRY.read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal digits."""
    digest = hashlib.sha256()  # hashlib.file_digest needs Python 3.11
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def register(role: str, folder: Path = BUNDLED) -> None:
    """Pin the card of `role` that lies in `folder` as the one to use: the last step of a training.

    Raises MiloError where a file is missing, or the card speaks of other numbers.
    """
    numbers, card_file = (folder / name for name in files_of(role))
    for path in (numbers, card_file):
        if not path.is_file():
            raise MiloError(f"{path} is missing: train the {role} model first.")
    if Card.read(card_file).sha256 != sha256(numbers):
        raise MiloError(f"{card_file.name} speaks of other numbers than {numbers.name}: train the {role} model again.")
    pinned = fingerprints() | {role: sha256(card_file)}
    REGISTRY.write_text(json.dumps(dict(sorted(pinned.items())), indent=1) + "\n", encoding="utf-8")
