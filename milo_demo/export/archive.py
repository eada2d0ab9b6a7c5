"""Files put into one: tracks.zip, everything.zip."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

BLOCK = 1 << 20
"""Bytes copied at a time, however long the tracks are."""


def write_archive(names: Iterable[str], folder: Path, archive_name: str = "tracks.zip") -> list[str]:
    """Write an archive that holds the files `names` of an existing folder as they are: sound and pictures do not get
    smaller. Its name in a list; an empty one where there are no files to hold.

    The same files give the same bytes: entries bear no date but the format's first.
    """
    names = list(names)
    if not names:
        return []
    part = folder / f".{archive_name}.part"
    try:
        with ZipFile(part, "w", ZIP_STORED) as archive:
            for name in names:
                entry = ZipInfo(name)
                entry.file_size = (folder / name).stat().st_size  # which tells whether it needs the large format
                with open(folder / name, "rb") as file, archive.open(entry, "w") as held:
                    shutil.copyfileobj(file, held, BLOCK)
        part.replace(folder / archive_name)
    finally:
        part.unlink(missing_ok=True)
    return [archive_name]
