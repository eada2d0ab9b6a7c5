"""Asking a collection: which clips meet some conditions, which are like one, what goes with what.

DuckDB reads the Parquet files where they lie; they are sorted by instrument after each run, so that a question reads
little of them.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, product
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from milo_demo.collection.place import open_collection
from milo_demo.collection.query import AtOnce, Between, Condition, Plays, Tagged, parse
from milo_demo.collection.rows import legible
from milo_demo.collection.tables import SCHEMAS
from milo_demo.errors import MiloError

LIMIT = 20
ALL = 2**31
"""More clips are in no collection."""
MEMORY = "2GB"


@dataclass(frozen=True)
class Found:
    """A clip that was asked for.

    at_s  : where in it, seconds, what was asked for begins; 0 where it holds of the whole clip
    alike : how much it is like the one that was named, -1 to 1; None where none was
    """

    clip_id: str
    name: str
    source: str
    at_s: float
    duration_s: float
    tempo_bpm: float | None
    heard: list[str]
    seen: list[str]
    played: list[str]
    tags: list[str]
    alike: float | None = None


@dataclass(frozen=True)
class Answer:
    """clips : the first of them, the surest or most alike first; count : of all that meet the conditions"""

    clips: list[Found] = field(default_factory=list)
    count: int = 0


ASKED = [name for name in SCHEMAS["clips"].names if name in Found.__dataclass_fields__] + [
    "status",
    "error",
    "tempi_bpm",
]
"""Columns of the clips that questions are about."""


class Unreadable(MiloError):
    """The tables are not what the collection has said: a run writes them anew, or they are damaged."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The tables of {folder} cannot be read: ask again if a run is at work, or give the `batch` command again, "
            "which makes them anew."
        )


class Finder:
    """A collection, open to questions. It is read as it is now; what a run adds is seen by another."""

    def __init__(self, folder: Path) -> None:
        """Raises MiloError where there is no collection, or nothing in it, Unreadable where its tables cannot be read,
        as whatever asks them does later."""
        self.collection = open_collection(folder)
        if not self.collection.parts:
            raise MiloError(f"The collection {folder} is empty: analyse clips into it with `batch` first.")
        self._database = duckdb.connect()
        self._database.execute(f"set memory_limit = '{MEMORY}'")
        try:
            for table in SCHEMAS:
                files = ", ".join("'" + name.replace("'", "''") + "'" for name in self.collection.files(table))
                # What is asked of every clip is kept in memory: a tenth of a second now, half of it in every question.
                kept, what = ("table", ", ".join(ASKED)) if table == "clips" else ("view", "*")
                self._database.execute(f"create {kept} {table} as select {what} from read_parquet([{files}])")
        except duckdb.Error as error:
            raise Unreadable(folder) from error

    def find(self, question: str = "", like: str | None = None, limit: int = LIMIT, also: Sequence[str] = ()) -> Answer:
        """Clips that meet a question (see `query`), or all; the surest first, or the most alike to a clip.

        like : a clip's name in the collection, or its file's name or path
        also : further questions, to be met as well: words of one never belong to another

        Raises MiloError where the question makes no sense, or the clip is not there.
        """
        if limit < 1:
            raise MiloError(f"At least one clip has to be asked for, not {limit}.")
        limit = min(limit, ALL)
        asked = [text for text in (question, *also) if text.strip()] or ([question] if like is None else [])
        conditions = [condition for text in asked for condition in parse(text)]
        ids, values = _ids(conditions)
        if like is not None:
            return self._alike(self.clip_id(like), ids, values, limit)
        rows = self._rows(
            f"{ids} select *, count(*) over () from met order by sure desc, clip_id limit {limit}", values
        )
        at_s = {clip_id: at for clip_id, at, *_ in rows}
        return Answer(self.told(at_s), rows[0][-1] if rows else 0)

    def told(self, at_s: dict[str, float], alike: dict[str, float] | None = None) -> list[Found]:
        """Some clips in full, in the order in which they are given."""
        names = [name for name in Found.__dataclass_fields__ if name not in ("at_s", "alike")]
        query = f"select {', '.join(names)} from clips where clip_id in (select unnest(?::varchar[]))"
        by_id = {row[0]: dict(zip(names, row, strict=True)) for row in self._rows(query, [list(at_s)])}
        return [
            Found(**by_id[clip_id], at_s=at or 0.0, alike=alike[clip_id] if alike else None)
            for clip_id, at in at_s.items()
        ]

    def clip_id(self, name: str) -> str:
        """Of the clip that is called so, or whose file is. Raises MiloError where there is none, or several."""
        path = os.path.abspath(os.path.expanduser(name))  # as `sources` names files
        query = "select clip_id from clips where status = 'done' and (clip_id = ? or source = ? or name = ?) limit 2"
        rows = self._rows(query, [legible(told) for told in (name, path, name)])
        if not rows:
            raise MiloError(f"{name} is not in this collection: name one of its clips.")
        if len(rows) > 1:
            raise MiloError(f"Several clips are called {name}: give the whole path of one.")
        return rows[0][0]

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        """What a query of the tables answers."""
        return self._rows(query, list(values))

    def _rows(self, query: str, values: list[Any]) -> list[tuple]:
        try:
            return self._database.cursor().execute(query, values).fetchall()
        except duckdb.Error as error:
            raise Unreadable(self.collection.folder) from error

    def _alike(self, clip_id: str, ids: str, values: list[Any], limit: int) -> Answer:
        from milo_demo.collection.embedding import near

        names, vectors = self._embeddings
        [place] = np.flatnonzero(names == clip_id).tolist() or [None]
        if place is None:
            raise MiloError(f"Nothing is known of what {clip_id} is like: analyse it again.")
        scores = near(vectors, vectors[place])
        met = dict(self._rows(f"{ids} select clip_id, at_s from met", values)) if values else None
        order = [at for at in np.argsort(-scores, kind="stable").tolist() if at != place]
        if met is not None:
            order = [at for at in order if names[at] in met]
        best = {str(names[at]): float(scores[at]) for at in order[:limit]}
        return Answer(self.told({name: met[name] if met else 0.0 for name in best}, best), len(order))

    @cached_property
    def _embeddings(self) -> tuple[NDArray[np.str_], NDArray[np.float32]]:
        """All clips that have one, and what they are like, (clip, number)."""
        try:
            table = pq.read_table(self.collection.files("embeddings"))
        except (OSError, pa.ArrowException) as error:
            raise Unreadable(self.collection.folder) from error
        names = np.array(table["clip_id"].to_pylist(), dtype=str)
        flat = table["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return names, flat.astype(np.float32).reshape(len(names), -1)


def _ids(conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    """The beginning of a query in which `met` (clip_id, at_s, sure) are the clips that meet all conditions."""
    parts, values, wheres = [], [], []
    for number, condition in enumerate(conditions):
        if isinstance(condition, Between | Tagged):
            wheres.append(_of_clip(condition, values_of := []))
            values.append((1, values_of))
            continue
        query, of_it = _at_once(condition) if isinstance(condition, AtOnce) else _plays(condition)
        if _is_absence(condition):
            wheres.append(f"clip_id not in ({query})")
            values.append((1, of_it))
        else:
            parts.append((f"c{number}", query))
            values.append((0, of_it))
    named = "".join(f"{name} as ({query}), " for name, query in parts)
    joined = " ".join(f"join {name} using (clip_id)" for name, _ in parts)
    at_s = f"greatest({', '.join(f'{name}.at_s' for name, _ in parts)})" if parts else "0.0"
    sure = " + ".join(f"{name}.sure" for name, _ in parts) or "0.0"
    where = " and ".join(["status = 'done'", *wheres])
    met = f"met as (select clip_id, {at_s} at_s, {sure} sure from clips {joined} where {where})"
    return f"with {named}{met}", [value for _, of_it in sorted(values, key=lambda it: it[0]) for value in of_it]


def _is_absence(condition: Plays | AtOnce) -> bool:
    """Whether clips meet it in which the label does not occur at all."""
    return isinstance(condition, Plays) and not (condition.any_sense or any(wanted for _, wanted in condition.senses))


def _plays(condition: Plays) -> tuple[str, list[Any]]:
    """Clips in which a label is as wished; of an absence, those in which it is not as wished."""
    begin = "select clip_id, min(start_s) {} at_s, max(score) sure from events where label = ?"
    if _is_absence(condition):
        kinds = [sense for sense, _ in condition.senses] or ["heard", "seen", "played"]
        return "select clip_id from events where label = ? and kind in (select unnest(?::varchar[]))", [
            condition.label,
            kinds,
        ]
    if condition.any_sense:
        return f"{begin.format('')} and kind in ('heard', 'seen', 'played') group by clip_id", [condition.label]
    first = next(sense for sense, wanted in condition.senses if wanted)
    having = " and ".join(f"{'' if wanted else 'not '}bool_or(kind = '{sense}')" for sense, wanted in condition.senses)
    kinds = ", ".join(f"'{sense}'" for sense, _ in condition.senses)
    begin = begin.format(f"filter (where kind = '{first}')")
    return f"{begin} and kind in ({kinds}) group by clip_id having {having}", [condition.label]


def _at_once(condition: AtOnce) -> tuple[str, list[Any]]:
    """Clips in which all labels, each by all senses, overlap for so long."""
    events = list(product(condition.labels, condition.senses))
    names = [f"e{number}" for number in range(len(events))]
    first, *others = names
    begin = f"greatest({', '.join(f'{name}.start_s' for name in names)})"
    end = f"least({', '.join(f'{name}.end_s' for name in names)})"
    joined = " ".join(f"join events {name} on {name}.clip_id = {first}.clip_id" for name in others)
    where = " and ".join(f"{name}.label = ? and {name}.kind = ?" for name in names)
    sure = " + ".join(f"{name}.score" for name in names)
    query = (
        f"select {first}.clip_id clip_id, min({begin}) at_s, max({sure}) sure from events {first} {joined}"
        f" where {where} and {end} - {begin} >= ? and {end} > {begin} group by {first}.clip_id"
    )
    return query, [*chain(*events), condition.least_s]


def _of_clip(condition: Between | Tagged, values: list[Any]) -> str:
    if isinstance(condition, Tagged):
        values.append(condition.tag)
        return f"{'' if condition.wanted else 'not '}list_contains(tags, ?)"
    values += [condition.low, condition.high]
    if condition.what == "tempo_bpm":
        return "len(list_filter(tempi_bpm, lambda it: it between ?::float and ?::float)) > 0"
    return "duration_s between ? and ?"
