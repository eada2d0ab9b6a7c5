"""The page behind its gate: what gets through, what is told in one line, and that the log stays quiet."""

import os
import socket
from pathlib import Path

import pytest

from milo_demo.ui.gate import doors, quotas
from milo_demo.ui.gate.quotas import Most, Uploads
from milo_demo.ui.layout import EXAMPLES

RUN = "analyse_1"
"""The page's event that analyses; the first of this name is that for programs."""
SESSION = {"session_hash": "abcdefgh"}
BY = "notes", "milo", "", None
"""What the panel of models says if nothing is chosen there; and what the page is busy with, which the server knows."""


def events(client) -> dict[str, int]:
    return {fn.api_name: number for number, fn in client.page.fns.items()}


def uploaded(client, name: str, content: bytes) -> dict:
    """What the page says of a file that it has uploaded."""
    [path] = client.post(doors.UPLOAD, files={"files": (name, content)}).json()
    return {"path": path, "orig_name": name, "size": len(content), "meta": {"_type": "gradio.FileData"}}


@pytest.fixture(autouse=True)
def _no_traceback(capfd, caplog):
    yield
    said = "".join(capfd.readouterr()) + caplog.text
    assert "Traceback" not in said, said


def refused(answer, status: int, sentence: str) -> None:
    assert answer.status_code == status and answer.json()["detail"] == sentence


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", "/favicon.ico", "/gradio_api/startup-events"])
def test_the_page_gets_what_it_needs(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", [
    *("/monitoring", "/monitoring/summary", "/gradio_api/dev/reload", "/gradio_api/openapi.json", "/openapi.json"),
    *("/gradio_api/runs", "/gradio_api/deep_link", "/gradio_api/vibe-code", "/gradio_api/call/analyse/abc", "/docs"),
    *("/gradio_api/file=http://127.0.0.1/", "/gradio_api/file=https:/a.b/c", "/gradio_api/proxy=http://127.0.0.1/"),
])  # fmt: skip
def test_other_doors_are_shut(client, path):
    refused(client.get(path), 404, "There is nothing here.")


@pytest.mark.parametrize(
    "path",
    [
        "call/chosen",
        "call/v2/chosen",
        "call/analyse_1",
        "run/analyse",
        "api/analyse",
        "run-history/connect",
        "vibe-edit",
    ],
)
def test_events_of_the_page_are_no_programming_interface(client, path):
    refused(client.post(f"/gradio_api/{path}", json={"data": []}), 404, "There is nothing here.")


@pytest.mark.parametrize("name", ["make_drawn_duet.py", "drawn_duet.json", "../../README.md", "../../app.py"])
def test_of_the_examples_only_what_is_shown_is_served(client, name):
    assert client.get(f"/gradio_api/file={EXAMPLES / name}").status_code == 403
    assert client.get(f"/gradio_api/file={EXAMPLES / 'drawn_duet.jpg'}").status_code == 200


def test_what_is_too_large_is_not_read(client):
    refused(
        client.post(doors.SERVER, content=b" " * 600_000), 413, "That is too large: at most 0.5 MB can be sent here."
    )
    pieces = (b" " * 100_000 for _ in range(20))  # without saying how much it will be
    refused(client.post(doors.JOIN, content=pieces), 413, "That is too large: at most 1 MB can be sent here.")
    refused(client.post(doors.UPLOAD, content=pieces), 411, "The request does not say how large the file is.")


def test_who_sends_a_file_in_pieces_is_not_believed_how_large_it_is(client):
    host, port = client.base_url.host, client.base_url.port
    said = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"
    with socket.create_connection((host, port), timeout=30) as connection:
        connection.sendall(f"POST {doors.UPLOAD} HTTP/1.1\r\nHost: {host}\r\n{said}\r\n\r\n".encode())
        assert b" 411 " in connection.recv(1000)


@pytest.mark.parametrize("name", ["annotate", "explain", "pack", RUN])
def test_what_waits_for_its_turn_cannot_be_had_without_waiting(client, name):
    number = events(client)[name]
    told = {"fn_index": number, "data": [None] * len(client.page.fns[number].inputs), **SESSION}
    refused(client.post(doors.RUN, json=told), 404, "There is nothing here.")


@pytest.mark.parametrize("told, sentence", [
    ({"fn_index": 999, "data": []}, "There is no such event."),
    ({"fn_index": "7", "data": []}, "There is no such event."),
    ({"data": [], "session_hash": 7}, "The request names no session."),
    ({"fn_index": RUN, "data": [None] * 3}, "The event takes 11 values."),
    ({"fn_index": RUN, "data": [None, "x", 2, None, None, 0, True, *BY]}, "From (s) must be a number, not 'x'."),
    ({"fn_index": RUN, "data": [None, -1, 2, None, None, 0, True, *BY]}, "From (s) cannot be -1."),
    ({"fn_index": RUN, "data": [None, 0, [], None, None, 0, True, *BY]}, "For (s) must be a number, not []."),
    ({"fn_index": RUN, "data": [None, 0, 2, None, None, 7, True, *BY]}, "Sound track cannot be 7."),
    (
        {"fn_index": RUN, "data": [None, 0, 2, None, None, 0, "x" * 99, *BY]},
        f"Separate tracks must be what can be chosen there, not '{'x' * 39}….",
    ),
    (
        {"fn_index": RUN, "data": [None, 0, 2, None, None, 0, True, ["notes"], "milo", "", None]},
        "Tracks are made by must be what can be chosen there, not ['notes'].",
    ),
    (
        {"fn_index": RUN, "data": [None, 0, 2, None, None, 0, True, "notes", "somebody", "", None]},
        "What is heard is said by cannot be 'somebody'.",
    ),
    (
        {"fn_index": RUN, "data": [None, 0, 2, None, None, 0, True, "notes", "milo", {}, None]},
        "Look for, with OWLv2 must be what can be chosen there, not {}.",
    ),
    (
        {"fn_index": "named", "data": [None, None, "cello", *BY]},
        "Everybody who plays must be what can be chosen there, not 'cello'.",
    ),
    (
        {"fn_index": "named", "data": [None, None, ["viola"], *BY]},
        "Everybody who plays cannot be ['viola'].",
    ),
    ({"fn_index": "unfold", "data": [["nothing"], None]}, "Show every tag of a group cannot be ['nothing']."),
    ({"fn_index": "settled", "data": [None] * 6, "event_id": []}, "event_id is no text."),
])  # fmt: skip
def test_nonsense_is_told_in_one_sentence(client, told, sentence):
    if told.get("fn_index") in events(client):
        told = told | {"fn_index": events(client)[told["fn_index"]]}
    for door in (doors.JOIN, doors.RUN):
        refused(client.post(door, json=SESSION | told), 400, sentence)


def test_files_are_those_that_were_uploaded(client):
    event = {"fn_index": events(client)["chosen"], **SESSION}
    text = uploaded(client, "notes.txt", b"words")
    said = client.post(doors.RUN, json=event | {"data": [text, None, None]}).json()
    assert "notes.txt cannot be read as video or sound" in str(said["data"])
    wrong = (
        "/etc/passwd",
        {"path": "/etc/passwd"},
        text | {"path": "/etc/passwd"},
        text | {"path": "http://127.0.0.1/"},
        text | {"path": str(EXAMPLES / "drawn_duet.mp4")},
        {"path": text["path"]},
    )
    for file in wrong:
        answer = client.post(doors.RUN, json=event | {"data": [file, None, None]})
        refused(answer, 400, "The file is none that was uploaded here: choose it again.")


def test_only_files_are_uploaded(client):
    """What is no file would be kept in memory, and a file of another name would not count."""
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    before = set(folder.rglob("tmp*"))
    for name, part in (("files", (None, "x" * 10_000)), ("other", ("clip.mp4", b"x" * 10_000))):
        answer = client.post(doors.UPLOAD, files=[("files", ("first.mp4", b"first")), (name, part)])
        assert (answer.status_code, answer.text) == (400, "Only files can be sent here.")
    for kind in ("text/plain", "multipart/form-data", ""):
        answer = client.post(doors.UPLOAD, content=b"--x\r\n", headers={"content-type": kind})
        assert answer.status_code == 400
    assert set(folder.rglob("tmp*")) == before
    assert uploaded(client, "a b.mp4", b"clip")["size"] == 4


def test_what_a_component_does_is_named(client):
    for told in ({"component_id": 9999, "fn_name": "look"}, {"component_id": 1, "fn_name": "launch"}, {}):
        refused(client.post(doors.SERVER, json=SESSION | told | {"data": ""}), 400, "There is no such function.")
    refused(client.post(f"{doors.SERVER}/", content=b"\xff"), 400, "The request is no JSON.")


def test_each_visitor_and_all_bring_so_much_and_no_more(tmp_path):
    uploads = Uploads(each=Most(2, 1000), all_=Most(3, 1500))
    file = tmp_path / "clip"
    file.write_bytes(bytes(600))

    def bring(visitor: str, size: int, *paths: str) -> str | None:
        said = uploads.admit(visitor, size, tmp_path)
        if said is None:
            uploads.done(visitor, size, paths)
        return said

    assert bring("a", 600, str(file)) is None
    assert "no more is taken" in (bring("a", 600) or "")
    assert bring("b", 600) is None  # it failed, and left nothing
    assert uploads.admit("b", 600, tmp_path) is None  # still coming
    assert "Too many files are kept" in (bring("c", 600) or "")
    file.unlink()
    assert bring("a", 600) is None
    assert "no room on the disk" in (Uploads().admit("a", 10**9, tmp_path) or "no room on the disk")


def test_one_request_does_not_bring_more_files_than_many(tmp_path):
    uploads, files = Uploads(each=Most(3, 10**9)), [tmp_path / f"{k}" for k in range(5)]
    for file in files:
        file.write_bytes(b"x")
    assert uploads.admit("a", 5, tmp_path) is None
    uploads.done("a", 5, map(str, files))
    assert [file.exists() for file in files] == [True] * 3 + [False] * 2
    assert uploads.admit("a", 1, tmp_path) is not None


def test_a_page_and_an_address_wait_for_so_many_runs(monkeypatch):
    class Run:
        def __init__(self, session: str, host: str) -> None:
            self.session_hash, self.concurrency_id = session, "work"
            self.request = type("Request", (), {"client": type("Client", (), {"host": host})})

    mine = [Run("mine", "1.1.1.1")] * quotas.RUNS_EACH
    assert "of this page" in (quotas.too_many(mine, "1.1.1.1", "mine", True) or "")
    assert quotas.too_many(mine, "1.1.1.1", "mine", False) is None
    assert quotas.too_many(mine, "1.1.1.1", "other", True) is None
    school = [Run(f"{k}", "1.1.1.1") for k in range(quotas.RUNS_FROM)]
    assert "from here" in (quotas.too_many(school, "1.1.1.1", "new", True) or "")
    assert quotas.too_many(school, "2.2.2.2", "new", True) is None
    all_ = [Run(f"{k}", f"{k}") for k in range(quotas.RUNS_ALL)]
    assert "try again" in (quotas.too_many(all_, "2.2.2.2", "new", True) or "")
    assert quotas.too_many(all_[:5] * 20, "7.7.7.7", None, False) is None
    assert "100 calls from here" in (quotas.too_many([Run("x", "3.3.3.3")] * 100, "3.3.3.3", None, False) or "")
    assert "from here at once" in (quotas.too_many([Run("x", "3.3.3.3")] * 300, "3.3.3.3", "new", False) or "")
    assert "too much at once" in (quotas.too_many([Run("mine", "")] * 30, "", "mine", False) or "")


@pytest.mark.parametrize("name", ["unfold", "pack", "annotate", "correct", "explain", "back", "again", "whole"])
def test_what_is_done_with_a_result_is_refused_where_there_is_none(client, name):
    number = events(client)[name]
    values = [[] if "group" in str(type(each)).lower() else None for each in client.page.fns[number].inputs]
    told = {"fn_index": number, "data": values, "session_hash": f"without-{name}"}
    assert client.post(doors.JOIN, json=told).status_code == 200
    answer = client.get("/gradio_api/queue/data", params={"session_hash": told["session_hash"]}).text
    assert '"success":true' in answer and '"success":false' not in answer
