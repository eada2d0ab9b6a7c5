"""`load(role)`: the one way to a trained network.

A checkpoint that the user has imported (`weights.clip2frame`) comes first. Else it is looked for in three places:
bundled with the program, in the local Hub cache, and on the Hub, in the repository that the environment variable
``MILO_HUB_REPO`` names, or that was published last; wherever it is found, it must be the one of the registry. A process
holds one copy per role and device, whoever asks, from whichever thread.

torch is imported with the first network, so that what is only asked about models answers at once.
"""

import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from milo_demo.analysis import ModelUsed
from milo_demo.errors import MiloError
from milo_demo.machine import gpu
from milo_demo.weights import registry
from milo_demo.weights.card import Card
from milo_demo.weights.registry import (
    BUNDLED,
    ROLES,
    files_of,
    fingerprints,
    imported_folder,
    module_class,
    sha256,
)

if TYPE_CHECKING:
    import torch

_loaded: dict[tuple[str, str], "Loaded"] = {}
_locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint on disk, known to be whole.

    numbers : the safetensors file
    origin  : where it comes from: ``imported``, ``bundled``, ``cache`` or ``hub``
    """

    numbers: Path
    card: Card
    origin: str

    @property
    def used(self) -> ModelUsed:
        """What a result says of it."""
        card = self.card
        return ModelUsed(card.role, card.name, card.version, card.sha256, self.origin)


@dataclass(frozen=True)
class Loaded:
    """A network ready for inference, its model card, and what the result says about it."""

    module: Any
    card: Card
    used: ModelUsed


def load(role: str, device: "torch.device | str | None" = None) -> Loaded:
    """The network of `role`, in eval mode.

    device : where it is to run; without one, on the GPU where there is one, else on the CPU

    Raises MiloError if no checkpoint can be had, or if the one found is not the one of the registry.

    >>> load("trunk").used.name
    'efficientnet-lite0-os16'

    See also `cards`, which loads nothing.
    """
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}: one of {', '.join(ROLES)}")
    import torch
    from safetensors.torch import load_file

    where = torch.device(device or gpu.device())
    key = role, str(where)
    with _locks[key]:
        if key not in _loaded:
            checkpoint = find(role)
            module = module_class(role)(**checkpoint.card.config)
            # Half precision on disk becomes the module's own precision.
            module.load_state_dict(load_file(checkpoint.numbers))
            module.eval().requires_grad_(False).to(where)
            _loaded[key] = Loaded(module, checkpoint.card, checkpoint.used)
        return _loaded[key]


def is_loaded(role: str) -> bool:
    """Whether the network of `role` is in memory already."""
    return any(name == role for name, _ in [*_loaded])


def find(role: str) -> Checkpoint:
    """The checkpoint of `role`: the one that the user has imported, else our own. Raises MiloError if it cannot be had
    or is not whole."""
    numbers, card_file = (imported_folder() / name for name in files_of(role))
    return _imported(numbers, card_file) if card_file.is_file() else find_own(role)


def find_own(role: str) -> Checkpoint:
    """Our own checkpoint of `role`, imported ones aside. Raises MiloError if it cannot be had or is not the one of the
    registry."""
    found = _find(role)
    try:
        return _checked(role, *found)
    except MiloError:
        if found[2] != "cache":
            raise
        return _checked(role, *_find(role, use_cache=False))  # an older MILO's: the Hub may have ours by now


def cards() -> dict[str, tuple[Card, str]]:
    """Role -> card and origin of the models that are on this computer: imported ones, and bundled ones for the other
    roles. Those that come from the Hub with the first analysis are not among them, nor are imported ones whose card is
    spoilt: `find` says what to do about it."""
    found = {}
    for role in ROLES:
        imported, own = (folder / files_of(role)[1] for folder in (imported_folder(), BUNDLED))
        if own.is_file():
            found[role] = (Card.read(own), "bundled")
        if imported.is_file():
            with suppress(MiloError):
                found[role] = (Card.read(imported), "imported")
    return found


def _checked(role: str, numbers: Path, card_file: Path, origin: str) -> Checkpoint:
    """Raises MiloError where the files are not those of the registry."""
    wrong = "The file {} of the {} model is not the one this version was tested with: delete it, or update MILO."
    if sha256(card_file) != fingerprints().get(role):
        raise MiloError(wrong.format(card_file.name, role))
    card = Card.read(card_file)
    if sha256(numbers) != card.sha256:
        raise MiloError(wrong.format(numbers.name, role))
    return Checkpoint(numbers, card, origin)


def _imported(numbers: Path, card_file: Path) -> Checkpoint:
    """A checkpoint from somewhere else: its card names the numbers that belong to it."""
    try:
        card = Card.read(card_file)
        if sha256(numbers) == card.sha256:
            return Checkpoint(numbers, card, "imported")
    except (OSError, MiloError):
        pass  # half of it is missing or spoilt: the same sentence as for other numbers
    raise MiloError(
        f"The imported model in {card_file.parent} is damaged: import it again, or go back to the bundled one with "
        "`python -m milo_demo weights import clip2frame --remove`."
    )


def _find(role: str, use_cache: bool = True) -> tuple[Path, Path, str]:
    """Where the numbers and the card of `role` are, and where they come from."""
    names = files_of(role)
    if all((BUNDLED / name).is_file() for name in names):
        return BUNDLED / names[0], BUNDLED / names[1], "bundled"
    repository, revision = registry.repository()
    if not repository:
        raise MiloError(
            f"The {role} model is not in this copy of MILO: restore the folder checkpoints/, or name the Hugging Face "
            "repository that holds it in the environment variable MILO_HUB_REPO."
        )
    from huggingface_hub import hf_hub_download  # slow to import, and rarely needed
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    def fetch(local_files_only: bool) -> tuple[Path, Path]:
        numbers, card = (
            Path(hf_hub_download(repository, name, revision=revision, local_files_only=local_files_only))
            for name in registry.remote_files(role)
        )
        return numbers, card

    try:
        if use_cache:
            return *fetch(local_files_only=True), "cache"
    except HFValidationError as error:
        raise MiloError(
            f"MILO_HUB_REPO is {repository!r}, which is no name of a Hugging Face repository: write it as OWNER/NAME."
        ) from error
    except LocalEntryNotFoundError:
        pass  # the ordinary first time: ask the Hub
    try:
        return *fetch(local_files_only=False), "hub"
    except RepositoryNotFoundError as error:
        raise MiloError(
            f"The {role} model could not be fetched from {repository}, which is not there or private: "
            "check MILO_HUB_REPO, or log in with `hf auth login`."
        ) from error
    except RevisionNotFoundError as error:
        raise MiloError(
            f"{repository} has no commit {revision}: update MILO, or name another in MILO_HUB_REPO."
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise MiloError(
            f"The {role} model could not be fetched from {repository} ({type(error).__name__}): "
            "check the connection and MILO_HUB_REPO, then try again."
        ) from error
