"""How tests call MILO's functions: as a program would, at each of the doors there are."""

import json
from typing import Any

from milo_demo.ui.gate import doors
from milo_demo.ui.programs.calls import CALLS

META = {"_type": "gradio.FileData"}
WAYS = ("call", "call/v2", "queue")
"""By name with values in order or by name, and by number as Gradio's own client does."""
JSON = {"Content-Type": "application/json"}


def number(client, name: str) -> int:
    """Which event of the page's server a function is."""
    return next(number for number, fn in client.page.fns.items() if fn.api_name == name)


def uploaded(client, name: str, content: bytes) -> dict[str, Any]:
    [path] = client.post(doors.UPLOAD, files={"files": (name, content)}).json()
    return {"path": path, "orig_name": name, "meta": META}


def ask(client, name: str, way: str, session: str = "abcdefgh", **values: Any):
    """Call a function; the answer to the request, which does not wait for the function's own."""
    if way == "call/v2":
        return client.post(f"{doors.CALL}/v2/{name}", content=json.dumps(values), headers=JSON)
    listed: list[Any] = list(values.values())
    if way == "call":
        return client.post(f"{doors.CALL}/{name}", content=json.dumps({"data": listed}), headers=JSON)
    told = {"fn_index": number(client, name), "session_hash": session, "data": listed}
    return client.post(doors.JOIN, content=json.dumps(told), headers=JSON)


def events(client, name: str, **values: Any) -> list[tuple[str, Any]]:
    """All that a call says until it is done: kinds (``generating``, ``complete``, ``error``) and values."""
    answer = ask(client, name, "call/v2", **values)
    assert answer.status_code == 200, answer.text
    text = client.get(f"{doors.CALL}/v2/{name}/{answer.json()['event_id']}").text
    said = [dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in text.split("\n\n")]
    return [(it["event"], json.loads(it["data"])) for it in said if it.get("event") not in (None, "heartbeat")]


def in_order(name: str, **values: Any) -> dict[str, Any]:
    """All values of a call, in the order of its parameters: the defaults, but for those given."""
    import inspect

    usual = {it.name: it.default for it in inspect.signature(CALLS[name]).parameters.values()}
    return {word: values.get(word, default) for word, default in usual.items()}
