"""Model cards: what a checkpoint is, what it was made from, how good it is, and where it fails.

A card is a JSON file beside the numbers. What every card has is typed and checked here; what else a recipe wants to
say (seed, steps, history) stands under names of its own and is kept as it is.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from milo_demo.errors import MiloError

SHA256_DIGITS = 64


@dataclass(frozen=True)
class Card:
    """The card of one checkpoint.

    role           : which part of the program it plays
    name, version  : of the model
    labels         : what its outputs stand for; none where they stand for nothing that has a name
    config         : arguments of the module that the numbers are for
    thresholds     : from which score each label counts, 0-1; of exactly these labels
    training_data  : sources, with their licences
    licence        : of the numbers
    measured       : what was measured on -> figure -> value
    known_failures : in sentences
    sha256         : of the file of numbers
    notes          : all else that the recipe has to say

    Raises ValueError where a part contradicts another or is missing.
    """

    role: str
    name: str
    version: str
    labels: tuple[str, ...]
    config: Mapping[str, Any]
    thresholds: Mapping[str, float]
    training_data: tuple[str, ...]
    licence: str
    sha256: str
    measured: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    known_failures: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("role", "name", "version", "licence"):
            if not (isinstance(getattr(self, name), str) and getattr(self, name)):
                raise ValueError(f"{name} is missing")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("a label stands there twice")
        if set(self.thresholds) != set(self.labels):
            strangers = sorted(set(self.thresholds) ^ set(self.labels))
            raise ValueError(f"labels and thresholds differ in {', '.join(strangers)}")
        if not all(0 <= threshold <= 1 for threshold in self.thresholds.values()):
            raise ValueError("a threshold lies outside 0-1")
        if not self.training_data:
            raise ValueError("training_data is missing")
        figures = [value for part in self.measured.values() for value in part.values()]
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in figures):
            raise ValueError("a figure is no number")
        if len(self.sha256) != SHA256_DIGITS or set(self.sha256) - set("0123456789abcdef"):
            raise ValueError("sha256 is none")

    @classmethod
    def read(cls, path: Path) -> "Card":
        """Raises MiloError if the file is no card, FileNotFoundError if there is none."""
        try:
            return cls.from_record(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise MiloError(f"{path.name} is no model card ({error}): restore it, or train the model again.") from error

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Card":
        """From the contents of a card's file."""
        known = {part.name for part in fields(cls)} - {"notes"}
        lists = {name: tuple(record.get(name, ())) for name in ("labels", "training_data", "known_failures")}
        parts: dict[str, Any] = {name: value for name, value in record.items() if name in known}
        notes = {name: value for name, value in record.items() if name not in known}
        return cls(**{**parts, **lists}, notes=notes)

    def write(self, path: Path) -> None:
        """The card as a JSON file."""
        record = {part.name: getattr(self, part.name) for part in fields(self) if part.name != "notes"}
        record |= {name: list(value) for name, value in record.items() if isinstance(value, tuple)}
        text = json.dumps(record | dict(self.notes), indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
