"""A collection of made rows, in which who is heard and seen when is known; and the rows of any collection."""

import pyarrow.parquet as pq

from milo_demo.collection.place import Collection, working
from milo_demo.collection.tables import SCHEMAS, add, compact


def collection(folder, clips: dict[str, dict], parts: int = 2) -> Collection:
    """clips : name -> {"events": [(kind, label, start_s, end_s, score)], other columns of clips}"""
    with working(folder) as made:
        names = list(clips)
        for at in range(parts):
            rows = {table: [] for table in SCHEMAS}
            for name in names[at::parts]:
                told = dict(clips[name])
                events, vector = told.pop("events", []), told.pop("vector", None)
                heard, seen = ([it[1] for it in events if it[0] == kind] for kind in ("heard", "seen"))
                row = {"clip_id": name, "name": f"{name}.mp4", "source": f"/music/{name}.mp4", "status": "done"}
                row |= {"duration_s": 20.0, "tempi_bpm": [], "heard": heard, "seen": seen, "played": [], "tags": []}
                rows["clips"].append(row | told)
                rows["events"] += [
                    dict(zip(("clip_id", "kind", "label", "start_s", "end_s", "score"), (name, *it), strict=True))
                    for it in events
                ]
                if vector is not None:
                    rows["embeddings"].append({"clip_id": name, "vector": vector})
            made = add(made, rows)
        return compact(made) if parts > 2 else made


def rows(folder, table: str = "clips") -> list[dict]:
    """As anybody reads them."""
    return pq.read_table(sorted(map(str, (folder / "tables").glob(f"*/{table}.parquet")))).to_pylist()
