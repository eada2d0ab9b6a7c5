"""`load(name)`: the one way to a larger model. A process holds one copy of each, whoever asks."""

import threading
from collections import defaultdict
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from milo_demo.analysis import ModelUsed
from milo_demo.errors import MiloError
from milo_demo.large.fetching import folder_of, require
from milo_demo.large.models import MODELS, Larger
from milo_demo.machine import gpu
from milo_demo.weights.registry import sha256

_loaded: dict[str, "Opened"] = {}
_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class Opened:
    """A larger model ready to be asked, by the functions of its module, and what the result says about it."""

    model: Any
    used: ModelUsed


def load(name: str) -> Opened:
    """A model that is on this computer, on the GPU where there is one.

    Raises MiloError where it is not, where a package is missing, or where its files are not those that are pinned.
    """
    with _locks[name]:
        if name not in _loaded:
            require(name)
            model = MODELS[name]
            folder = folder_of(model)
            if sha256(folder / model.numbers) != model.sha256:
                raise MiloError(_wrong(model))
            try:
                opened = import_module(f"milo_demo.large.{name}").open_model(model, folder)
            except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
                raise MiloError(_wrong(model)) from error
            version = model.revision[:8]
            used = ModelUsed(model.role, model.title, version, model.sha256, "fetched")
            _loaded[name] = Opened(opened, used)
        return _loaded[name]


def from_folder(kind: Any, model: Larger, folder: Path) -> Any:
    """A network of the transformers library, in eval mode: the class that is given, of safetensors alone, from this
    folder alone.

    Raises ValueError where the numbers are not all those of the network.
    """
    from transformers.utils import logging

    if kind.__name__ != model.architecture:
        raise ValueError(f"{kind.__name__} is not {model.architecture}")
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    network, told = kind.from_pretrained(
        folder, use_safetensors=True, local_files_only=True, trust_remote_code=False, output_loading_info=True
    )
    if told["missing_keys"] or told["mismatched_keys"]:
        raise ValueError("numbers are missing")
    return network.eval().requires_grad_(False).to(gpu.device())


def _wrong(model: Larger) -> str:
    return (
        f"The files of {model.title} are not those that MILO knows: "
        f"`python -m milo_demo weights fetch {model.name} --remove`, and fetch it again."
    )
