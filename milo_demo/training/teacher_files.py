"""Where the teachers' weights lie: below the training data, for they start or steer a training and never ship."""

from pathlib import Path

from milo_demo.errors import MiloError


def teacher_file(data: Path, name: str) -> Path:
    """A teacher's file below the data folder. Raises MiloError where it is missing."""
    path = Path(data) / name
    if not path.is_file():
        raise MiloError(f"The teacher's file {path} is missing: point --data at the training data.")
    return path
