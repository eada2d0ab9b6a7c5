"""What lies in the folder of validation data."""

from pathlib import Path

from milo_demo.errors import MiloError

BAND_IN_TRAINING = "leon_3_05"
"""Of the songs kept apart, the one whose band accompanies a singer of the training data as well."""


def songs(data: Path) -> list[Path]:
    """Sung songs of which neither singer nor band was trained on: files of two channels, band and voice."""
    found = required(data / "recordings" / "mir1k_val", "*.ogg", "recordings")
    return [path for path in found if path.stem != BAND_IN_TRAINING]


def required(folder: Path, pattern: str, what: str) -> list[Path]:
    """The files of a folder that must be there, in order. Raises MiloError where there are none.

    what : for people, such as ``recordings``
    """
    found = sorted(folder.glob(pattern))
    if not found:
        raise MiloError(f"There are no {what} in {folder}: name the folder of the validation data with --data.")
    return found
