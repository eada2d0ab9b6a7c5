"""everything.zip: all of a result in one file."""

from pathlib import Path

from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.export.archive import write_archive
from milo_demo.folder import MIX, RECORD, need, refuse

NAME = "everything.zip"
TWICE = {NAME, "tracks.zip", MIX}
"""What holds only what lies beside it as well."""


def pack(folder: Path) -> None:
    """Put the result in `folder` into everything.zip there.

    Raises MiloError where there is no result, or no room on the disk.
    """
    analysis = Analysis.load(folder)
    refuse(folder, [NAME])
    names = [RECORD, *sorted(name for name in analysis.files if name not in TWICE | {RECORD})]
    there = [name for name in names if (folder / name).is_file()]
    need(folder, sum((folder / name).stat().st_size for name in there))
    try:
        write_archive(there, folder, NAME)
    except OSError as error:
        raise MiloError("The result cannot be packed: make room on the disk.") from error
    analysis.add_file(folder, NAME)
