"""Photos whose instrument is known by name alone, kept from all training.

kaggle30/val : by class. Saturated; their near-duplicates are kept from training, too
omerdvi      : one picture alone and one being played per instrument; machine-made, few
"""

from pathlib import Path

from milo_demo.evaluation.files import required
from milo_demo.instruments import label_of


def kaggle_val(data: Path) -> list[tuple[Path, str]]:
    """Photos and labels of kaggle30/val, as far as the classes are ours."""
    paths = required(data / "images" / "kaggle30" / "val", "*/*", "photos")
    return [(path, label) for path in paths if (label := label_of(path.parent.name, "photos"))]


def omerdvi(data: Path) -> list[tuple[Path, str]]:
    """Pictures and labels of omerdvi, as far as the instruments are ours."""
    paths = required(data / "images" / "omerdvi", "*.jpg", "photos")
    named = [(path, label_of(path.stem.rpartition("_")[0], "photos")) for path in paths]
    return [(path, label) for path, label in named if label]
