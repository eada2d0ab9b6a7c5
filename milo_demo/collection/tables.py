"""The tables of a collection: Parquet files in parts, which anything can read.

Times are seconds from the first frame of the clip, scores 0-1, boxes fractions of the frame, as in `analysis`. Where a
part is written, all of its tables appear in one step, and in the same step rows that they replace are gone.
"""

import os
import shutil
import uuid
from collections.abc import Collection as Some
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from milo_demo.collection.place import TABLES, UNDER_WAY, Collection

Rows = dict[str, list[dict[str, Any]]]
"""Table -> its rows."""

_TEXT, _NUMBER, _TRUE = pa.string(), pa.float32(), pa.bool_()
_TEXTS = pa.list_(_TEXT)
_ID = ("clip_id", _TEXT)
_SPAN = [("start_s", _NUMBER), ("end_s", _NUMBER)]

SCHEMAS: dict[str, pa.Schema] = {
    "clips": pa.schema(
        [
            *[_ID, ("source", _TEXT), ("name", _TEXT), ("sha256", _TEXT), ("bytes", pa.int64())],
            *[("status", _TEXT), ("error", _TEXT), ("recipe", _TEXT), ("options", _TEXT), ("finished", _TEXT)],
            *[("took_s", _NUMBER), ("duration_s", _NUMBER), ("width", pa.int32()), ("height", pa.int32())],
            *[("has_video", _TRUE), ("has_audio", _TRUE), ("tempo_bpm", _NUMBER), ("tempi_bpm", pa.list_(_NUMBER))],
            *[("heard", _TEXTS), ("seen", _TEXTS), ("played", _TEXTS), ("tags", _TEXTS), ("warnings", _TEXTS)],
        ]
    ),
    "events": pa.schema([_ID, ("kind", _TEXT), ("label", _TEXT), *_SPAN, ("score", _NUMBER)]),
    "boxes": pa.schema(
        [
            *[_ID, ("label", _TEXT), ("player", pa.int32()), ("time_s", _NUMBER), ("score", _NUMBER)],
            *[(side, _NUMBER) for side in ("x0", "y0", "x1", "y1")],
            ("played", _NUMBER),
        ]
    ),
    "notes": pa.schema([_ID, ("label", _TEXT), *_SPAN, ("midi", pa.int16()), ("cents", _NUMBER), ("score", _NUMBER)]),
    "tracks": pa.schema(
        [_ID, ("label", _TEXT), ("path", _TEXT), ("method", _TEXT), ("quality_db", _NUMBER), ("energy", _NUMBER)]
    ),
    "embeddings": pa.schema([_ID, ("vector", pa.list_(_NUMBER))]),
}
SORTED = {"clips": "clip_id", "events": "label, clip_id, start_s", "embeddings": "clip_id"}
"""As which a table lies when a run is over: who asks for an instrument then reads its part of the file alone."""
OTHERS_SORTED = "clip_id, label"


def add(collection: Collection, rows: Rows, instead_of: Some[str] = ()) -> Collection:
    """A part with these rows; those of the clips in `instead_of` are gone from the others.

    Raises OSError where it cannot be written; then nothing has changed.
    """
    part = _begin(collection)
    for table, schema in SCHEMAS.items():
        pq.write_table(pa.Table.from_pylist(rows.get(table, []), schema), part / f"{table}.parquet", compression="zstd")
    kept = collection.parts
    if instead_of and kept:
        kept = (merged(collection, instead_of),)
    return _counting(collection, (*kept, _finish(part)))


def compact(collection: Collection, without: Some[str] = ()) -> Collection:
    """All parts as one, sorted; the rows of some clips left out."""
    if len(collection.parts) <= 1 and not without:
        return collection
    return _counting(collection, (merged(collection, without),))


def merged(collection: Collection, without: Some[str]) -> str:
    """The name of a part that holds all that counts, but for some clips. It does not count yet."""
    part = _begin(collection)
    with duckdb.connect() as database:
        database.execute("set preserve_insertion_order = false")
        database.execute("create table without as select unnest(?::varchar[]) clip_id", [sorted(without)])
        for table in SCHEMAS:
            order = SORTED.get(table, OTHERS_SORTED)
            database.execute(
                f"copy (select * from read_parquet(?) where clip_id not in (from without) order by {order})"
                f" to '{_quoted(part / table)}.parquet' (format parquet, compression zstd)",
                [collection.files(table)],
            )
    return _finish(part)


def clips(collection: Collection) -> list[tuple[str, str, str]]:
    """Clip, source, and when it was finished, of every row of clips."""
    if not collection.parts:
        return []
    columns = ["clip_id", "source", "finished"]
    table = pq.read_table(collection.files("clips"), columns=columns)
    return list(zip(*(table[name].to_pylist() for name in columns), strict=True))


def gathered(parts: list[Rows]) -> Rows:
    """The rows of several clips together."""
    return {table: [row for part in parts for row in part.get(table, [])] for table in SCHEMAS}


def _begin(collection: Collection) -> Path:
    part = collection.folder / TABLES / f"{UNDER_WAY}part-{uuid.uuid4().hex[:12]}"
    part.mkdir()
    return part


def _finish(part: Path) -> str:
    name = part.name.removeprefix(UNDER_WAY)
    os.rename(part, part.with_name(name))
    return name


def _counting(collection: Collection, parts: tuple[str, ...]) -> Collection:
    changed = collection.counting(parts)
    for name in set(collection.parts) - set(parts):
        shutil.rmtree(collection.folder / TABLES / name, ignore_errors=True)
    return changed


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
