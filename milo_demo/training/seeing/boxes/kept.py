"""Pictures as the trunk sees them, computed once and kept in a folder.

A head on a trunk that stays learns little else from a picture than its features, and the trunk costs many times what
the head does: kept, the same pictures are gone through ten times in the time of three.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save, save_file
from torch import Tensor, nn

from milo_demo.models.trunk import Features, Trunk
from milo_demo.training.seeing.boxes.detection import Targets

TOGETHER = 2
"""So many files of one size make up a batch, drawn anew each time: no two batches are the same."""


class Lesson(NamedTuple):
    """A batch: what the trunk makes of the pictures, and what the box head is to say of them."""

    features: Features
    wanted: Targets


def fingerprint(network: nn.Module) -> str:
    """Of a network's numbers: what another trunk has said is worth nothing to a head on this one."""
    return hashlib.sha256(
        save({name: value.cpu().contiguous() for name, value in network.state_dict().items()})
    ).hexdigest()


def there(folder: Path) -> int:
    """How many batches have been kept in a folder."""
    return sum(1 for _ in folder.glob("*.safetensors"))


@torch.no_grad()
def keep(trunk: Trunk, pictures: Iterable[tuple[Tensor, Targets]], folder: Path) -> None:
    """Write what a trunk makes of further batches of pictures (batch, 3, height, width), uint8, and what is wanted of
    them, a file each. Of the coarse features, what they are made of is kept, which is a quarter of them."""
    folder.mkdir(parents=True, exist_ok=True)
    where = next(trunk.parameters()).device
    for number, (batch, wanted) in enumerate(pictures, there(folder)):
        fine, narrow = trunk.halfway(batch.to(where))
        parts = {"fine": fine, "narrow": narrow, **wanted._asdict()}
        file = folder / f"{number:05}-{batch.shape[-1]}x{batch.shape[-2]}.safetensors"
        begun = file.with_suffix(".part")
        save_file({name: part.half().cpu().contiguous() for name, part in parts.items()}, begun)
        begun.replace(file)


class Kept:
    """What `keep` has left in some folders.

    chances : how often a batch comes out of each folder
    """

    def __init__(self, trunk: Trunk, chances: dict[Path, float]) -> None:
        self._trunk = trunk
        self._files: list[dict[str, list[Path]]] = []
        for folder in chances:
            by_size: dict[str, list[Path]] = defaultdict(list)
            for file in sorted(folder.glob("*.safetensors")):
                by_size[file.stem.partition("-")[2]].append(file)
            self._files.append(by_size)
        self._chances = list(chances.values())

    @property
    def device(self) -> torch.device:
        """Where lessons are had."""
        return next(self._trunk.parameters()).device

    def lesson(self, rng: np.random.Generator) -> Lesson:
        """Another batch."""
        by_size = self._files[rng.choice(len(self._files), p=self._chances)]
        sizes = list(by_size)
        counts = np.array([len(by_size[size]) for size in sizes])
        files = by_size[sizes[rng.choice(len(sizes), p=counts / counts.sum())]]
        chosen = [files[place] for place in rng.integers(len(files), size=TOGETHER)]
        loaded = [load_file(file) for file in chosen]
        parts = {name: torch.cat([one[name] for one in loaded]).to(self.device) for name in loaded[0]}
        with torch.no_grad():
            features = Features(parts.pop("fine").float(), self._trunk.widened(parts.pop("narrow").float()))
        return Lesson(features, Targets(**{name: part.float() for name, part in parts.items()}))
