"""What programs must not reach: files of the machine, other servers, events of the page."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from milo_demo.ui import results
from milo_demo.ui.gate import doors, quotas
from milo_demo.ui.programs.calls import CALLS
from milo_demo.ui.programs.endpoints import guarded
from tests.ui.programs.calling import META, WAYS, ask, events, in_order, number, uploaded

SECRET = "only the machine's owner reads this"


@pytest.fixture(autouse=True)
def _no_traceback(capfd, caplog):
    yield
    said = "".join(capfd.readouterr()) + caplog.text
    assert "Traceback" not in said, said


@pytest.fixture
def secret(tmp_path) -> Path:
    path = tmp_path / "secret.mp4"
    path.write_text(SECRET)
    return path


@pytest.fixture
def asked():
    """Addresses that were asked for at a server which nobody should ask; the first is the server's own."""
    found: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_HEAD = do_POST = do_GET

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.append(f"http://127.0.0.1:{server.server_port}/clip.mp4")
    yield found
    server.shutdown()
    server.server_close()


def refused(answer) -> str:
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert told["error"] == told["detail"][0]["message"] and told["error"].count(". ") == 0
    return told["error"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["analyse", "separate"])
def test_no_other_file_than_an_upload_can_be_named(client, secret, asked, name, way):
    mine = uploaded(client, "clip.mp4", b"mine")
    place = Path(mine["path"]).parent
    link = place / "link.mp4"
    link.unlink(missing_ok=True)
    os.symlink(secret, link)
    up = os.path.relpath(secret, place)
    paths = [
        *(str(secret), f"file://{secret}", f"{place}/{up}", str(link), asked[0], "/etc/passwd", "app.py", "\0", ""),
        *(str(place), f"{asked[0]}/gradio_api/file={secret}", f"http://a.b/gradio_api/file={place}/{up}"),
    ]
    wrong: list = [it for path in paths for it in (path, {"path": path}, {"path": path, "meta": META})]
    wrong += [{"path": mine["path"]}, mine | {"meta": {"_type": "x"}}, [mine], {"url": asked[0], "meta": META}, 7]
    for file in wrong:
        values = in_order(name, file=file)
        assert refused(ask(client, name, way, **values)).startswith("file is none that was uploaded here"), file
        with pytest.raises(Exception, match="file is none that was uploaded here"):
            list(guarded(CALLS[name])(*values.values()))
    assert len(asked) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_file_hidden_in_another_value_is_none(client, secret, asked, way):
    mine = uploaded(client, "clip.mp4", b"mine")
    for path in (str(secret), asked[0]):
        hidden = {"path": path, "meta": META}
        for word in ("start_s", "duration_s", "threshold", "projection", "annotated", "audio_track", "separator"):
            said = refused(ask(client, "analyse", way, **in_order("analyse", file=mine, **{word: hidden})))
            assert said.startswith(f"{word} must be ")
        refused(ask(client, "explain_frame", way, result=hidden, second=1))
        refused(ask(client, "explain_frame", way, result="x", second=hidden))
        refused(ask(client, "separate", way, **in_order("separate", result=hidden)))
        refused(ask(client, "instruments", way, extra=hidden))
    assert len(asked) == 1


@pytest.mark.parametrize("result", ["..", "../..", "/etc", "clip-" + "0" * 24, "", "x" * 500, "clip-0\0", "."])
def test_a_result_is_named_and_no_path(client, secret, result):
    (secret.parent / "analysis.json").write_text("{}")
    for name, values in (("explain_frame", {"second": 1.0}), ("separate", {})):
        [(kind, told)] = events(client, name, **{"result": result, **values})
        assert kind == "error" and told["error"].startswith("There is no such result") and SECRET not in told["error"]


def test_what_is_no_clip_is_said_by_its_name_only(client):
    kind, told = events(client, "analyse", file=uploaded(client, "notes.txt", b"words"))[-1]
    assert kind == "error" and "notes.txt cannot be read as video or sound" in told["error"]
    assert "/" not in told["error"] and not list(Path(results.home().name).iterdir())


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"nonsense", b"[" * 5_000, b'{"data": 7}', b"\xff"])
def test_what_is_no_call_is_told(client, body):
    refused(client.post(f"{doors.CALL}/analyse", content=body, headers={"Content-Type": "application/json"}))
    refused(client.post(f"{doors.CALL}/v2/analyse", content=body, headers={"Content-Type": "application/json"}))
    for large in (client.post(f"{doors.CALL}/{name}", content=b" " * 20_000) for name in doors.PROGRAMS):
        assert large.status_code == 413


def test_programs_are_offered_four_functions_and_the_page_keeps_its_own(client):
    assert tuple(CALLS) == doors.PROGRAMS
    assert list(client.get("/gradio_api/info").json()["named_endpoints"]) == [f"/{name}" for name in doors.PROGRAMS]
    public = [fn.api_name for fn in client.page.fns.values() if fn.api_visibility != "private"]
    assert tuple(public) == doors.PROGRAMS
    for name in {fn.api_name for fn in client.page.fns.values()} - set(doors.PROGRAMS):
        for door in (f"call/{name}", f"call/v2/{name}", f"run/{name}", f"api/{name}"):
            assert client.post(f"/gradio_api/{door}", json={"data": []}).status_code == 404
    for name in doors.PROGRAMS:
        told = {"fn_index": number(client, name), "session_hash": "abcdefgh", "data": []}
        assert client.post(doors.RUN, json=told).status_code == 404, "the queue counts, this door does not"
        assert client.post(f"/gradio_api/run/{name}", json={"data": []}).status_code == 404


@pytest.mark.parametrize("way", WAYS)
def test_who_has_too_many_runs_gets_no_other(client, monkeypatch, way):
    mine = uploaded(client, "clip.mp4", b"mine")
    monkeypatch.setattr(quotas, "RUNS_FROM", 0)
    answer = ask(client, "analyse", way, **in_order("analyse", file=mine))
    assert answer.status_code == 429 and "try again" in answer.json()["error"]
    assert ask(client, "separate", way, **in_order("separate", file=mine)).status_code == 429
    assert ask(client, "instruments", way).status_code == 200, "which is no run"


def test_nothing_else_that_a_request_says_reaches_gradio(client):
    from milo_demo.ui.gate.calling import settled

    mine = uploaded(client, "clip.mp4", b"mine")
    fn = client.page.fns[number(client, "analyse")]
    told = {"fn_index": 0, "session_hash": "abcdefgh", "data": [mine | {"url": "http://a.b/"}], "batched": True}
    sent = json.loads(settled(fn, doors.JOIN, json.dumps(told | {"event_id": "x", "oauth_token": "y"}).encode()))
    assert set(sent) == {"fn_index", "session_hash", "data"}
    file, *rest = sent["data"]
    assert {word: value for word, value in file.items() if value} == {"path": mine["path"], "meta": META}
    assert rest == list(in_order("analyse").values())[1:]
