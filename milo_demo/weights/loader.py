"""`load(role)`: the one way to a trained network.

A checkpoint that the user has imported (`weights.clip2frame`) comes first. Else it is looked for in three places:
bundled with the program, in the local Hub cache, and on the Hub, in the repository that the environment variable
``MILO_HUB_REPO`` names; wherever it is found, its sha256 must be the one of the registry. A process holds one copy per
role and device, whoever asks, from whichever thread.
"""

import json
import os
import threading
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from milo_demo.analysis import ModelUsed
from milo_demo.errors import MiloError
from milo_demo.weights.registry import (
    BUNDLED,
    HUB_REVISION,
    ROLES,
    files_of,
    fingerprints,
    imported_folder,
    module_class,
    sha256,
)

_loaded: dict[str, "Loaded"] = {}
_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class Loaded:
    """A network ready for inference, its model card, and what the result says about it."""

    module: nn.Module
    card: dict
    used: ModelUsed


def load(role: str) -> Loaded:
    """The network of `role`, in eval mode, on the GPU where there is one, else on the CPU.

    Raises MiloError if no checkpoint can be had, or if the one found is not the one of the registry.
    """
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}: one of {', '.join(ROLES)}")
    with _locks[role]:
        if role not in _loaded:
            _loaded[role] = _read(role)
        return _loaded[role]


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def find(role: str) -> tuple[Path, Path, str]:
    """Our own checkpoint of `role`, imported ones aside: paths of the numbers and of the card, and where they come
    from: bundled, cache or hub. Raises MiloError if it cannot be had or is not the one of the registry."""
    numbers, card_file, origin = _find(role)
    for path in (numbers, card_file):
        if sha256(path) != fingerprints().get(path.name):
            raise MiloError(
                f"The file {path.name} of the {role} model is not the one this version was tested with: "
                "delete it, or update MILO."
            )
    return numbers, card_file, origin


def _read(role: str) -> Loaded:
    numbers, card_file = (imported_folder() / name for name in files_of(role))
    if card_file.is_file():
        origin = "imported"
        card = _imported_card(numbers, card_file)
    else:
        numbers, card_file, origin = find(role)
        card = json.loads(card_file.read_text(encoding="utf-8"))
    module = module_class(role)(**card["config"])
    module.load_state_dict(load_file(numbers))  # half precision on disk becomes the module's own precision
    module.eval().requires_grad_(False).to(device())
    used = ModelUsed(role, card["name"], str(card["version"]), sha256(numbers), origin)
    return Loaded(module, card, used)


def _imported_card(numbers: Path, card_file: Path) -> dict:
    """The card of an imported checkpoint, which names the numbers that belong to it."""
    try:
        card = json.loads(card_file.read_text(encoding="utf-8"))
        whole = sha256(numbers) == card["sha256"]
    except (OSError, ValueError, KeyError):
        whole = False
    if not whole:
        raise MiloError(
            f"The imported model in {card_file.parent} is damaged: import it again with `weights import`, "
            "or go back to the bundled one with --remove."
        )
    return card


def _find(role: str) -> tuple[Path, Path, str]:
    names = files_of(role)
    if all((BUNDLED / name).is_file() for name in names):
        return *(BUNDLED / name for name in names), "bundled"
    repository = os.environ.get("MILO_HUB_REPO")
    if not repository:
        raise MiloError(
            f"The {role} model is not in this copy of MILO: restore the folder checkpoints/, or name the Hugging Face "
            "repository that holds it in the environment variable MILO_HUB_REPO."
        )
    from huggingface_hub import hf_hub_download  # slow to import, and rarely needed
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    def fetch(**where: bool) -> list[Path]:
        return [Path(hf_hub_download(repository, name, revision=HUB_REVISION, **where)) for name in names]

    try:
        return *fetch(local_files_only=True), "cache"
    except LocalEntryNotFoundError:
        pass  # the ordinary first time: ask the Hub
    try:
        return *fetch(), "hub"
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise MiloError(
            f"The {role} model could not be fetched from {repository} ({type(error).__name__}): "
            "check the connection and MILO_HUB_REPO, then try again."
        ) from error
