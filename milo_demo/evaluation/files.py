"""What lies in the folder of validation data."""

from pathlib import Path

from milo_demo.errors import MiloError


def required(folder: Path, pattern: str, what: str) -> list[Path]:
    """The files of a folder that must be there, in order. Raises MiloError where there are none.

    what : for people, such as ``recordings``
    """
    found = sorted(folder.glob(pattern))
    if not found:
        raise MiloError(f"There are no {what} in {folder}: name the folder of the validation data with --data.")
    return found
