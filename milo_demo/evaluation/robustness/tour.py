"""Every route and every event of the page, asked for what it must not give: a file of the server's, what another server
says, an answer to nonsense.

The routes are those that the program under the gate knows, the events those of `/config`. Each answer must be one line
or what it should be; the log stays without a traceback, and nobody knocks at the door of a server that is only named.
"""

import json
import re
import secrets
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from milo_demo.evaluation.robustness.files import Tried
from milo_demo.evaluation.robustness.serving import FORBIDDEN, Server, Visitor

LONG = "x" * 10_000_000
LONGEST_LINE = 1_000
PATIENCE_S = 20.0
"""Streams are left after their first words; anything else has to have answered by then."""
SKIPPED = 12
"""What a State is sent is never read: of the wrong values it gets every twelfth."""
STREAMS = ("heartbeat", "queue/data", "upload_progress")
BODIES: list[Any] = [
    *(b"", b"nonsense", b"[]", b"{}", b"null", b'{"data": []}', b"[" * 100_000, b'{"data": NaN, "fn_index": 1e999}'),
    LONG.encode(),
]


def run() -> Iterator[Tried]:
    """Ask for everything; one `Tried` for each route and each event."""
    with TemporaryDirectory(prefix="milo-tour-") as name, _Named() as named, Server(Path(name)) as server:
        secret = Path(name) / "secret.txt"
        secret.write_text(token := secrets.token_hex(16))
        tour = _Tour(server, secret, token, named)
        for method, path in routes():
            yield tour.route(method, path)
        for event in Visitor(server).events.values():
            yield tour.event(event)
        log = server.log()
        yield Tried("the log", f"{log.count(FORBIDDEN)} tracebacks: {log[-1000:]}" if FORBIDDEN in log else "")
        yield Tried("other servers", f"{named.asked} requests" if named.asked else "")


def routes() -> list[tuple[str, str]]:
    """Method and path of everything that Gradio serves for the page, were there no gate."""
    from milo_demo.ui import build

    paths = build().app.openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


class _Named:
    """A server that nobody should ask: its address is only named in requests.

    asked : how often it was
    """

    def __enter__(self) -> "_Named":
        self.asked = 0
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(200)
                self.end_headers()

            do_HEAD = do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self._server.server_port}/secret.txt"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Tour:
    def __init__(self, server: Server, secret: Path, token: str, named: _Named) -> None:
        self.server, self.secret, self.token, self.named = server, secret, token, named
        self.http = httpx.Client(base_url=server.address, timeout=PATIENCE_S)
        components = self.http.get("/config").json()["components"]
        self.states = {component["id"] for component in components if component["type"] == "state"}

    def route(self, method: str, path: str) -> Tried:
        """A route, with all that its path or its body should not bring."""
        began_s, wrong = time.monotonic(), ""
        for value in self._values() if "{" in path else [""]:
            for body in BODIES if method == "POST" else [None]:
                asked = re.sub(r"\{[^}]*\}", lambda _, value=value: value.replace("%", "%25"), path)
                wrong = wrong or self._wrong(method, asked, body)
        return Tried(f"{method} {path}", wrong, time.monotonic() - began_s)

    def event(self, event: dict[str, Any]) -> Tried:
        """An event, its values too few, too many, and each in turn replaced by what it should not be."""
        began_s, wrong, count = time.monotonic(), "", len(event["inputs"])
        plain: list[Any] = [None] * count
        tried = [plain[1:], [*plain, None], ["x" * 2_000_000, *plain[1:]]]
        for k, component in enumerate(event["inputs"]):
            wrong_values = self._wrong_values()
            values = wrong_values[:: SKIPPED if component in self.states else 1]
            tried += [[*plain[:k], value, *plain[k + 1 :]] for value in values]
        for data in tried:
            for door in ("run/predict", "queue/join"):
                wrong = wrong or self._wrong_event(door, event["id"], data)
        return Tried(f"event {event['api_name']}", wrong, time.monotonic() - began_s)

    def _values(self) -> list[str]:
        up = "../" * 12
        return [
            *(str(self.secret), f"{up}{self.secret}".replace("//", "/"), f"/{up}etc/passwd", self.named.address),
            *("%00", "..%2f..%2fetc%2fpasswd", "x" * 3000, "7", "predict", f"file://{self.secret}"),
        ]

    def _wrong_values(self) -> list[Any]:
        meta = {"_type": "gradio.FileData"}
        files = [{"path": path} for path in (str(self.secret), self.named.address, "/etc/passwd", "\0", "")]
        urls = [{"path": self.named.address, "url": self.named.address}, {"url": self.named.address}]
        return [
            *("abc", -1, 1e308, [], {}, True, "\0", [[]], str(self.secret), *files, *urls),
            *({**file, "meta": meta} for file in (*files, *urls)),
        ]

    def _wrong(self, method: str, path: str, body: bytes | None) -> str:
        """What is wrong with the answer; empty where nothing is."""
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            with self.http.stream(method, path, content=body, headers=headers) as answer:
                if any(stream in path for stream in STREAMS) and answer.status_code == 200:
                    return ""
                text = answer.read().decode(errors="replace")
        except httpx.InvalidURL:
            return ""
        except httpx.TimeoutException:
            return f"{method} {path[:80]} does not answer"
        except httpx.HTTPError:  # it hangs up on what is too large
            return "" if self.server.process.poll() is None else "the server has ended"
        return self._told(f"{method} {path[:80]}", answer.status_code, text)

    def _wrong_event(self, door: str, number: int, data: list[Any]) -> str:
        visitor = f"{secrets.token_hex(6)}"
        body = {"fn_index": number, "data": data, "session_hash": visitor}
        answer = self.http.post(
            f"/gradio_api/{door}", content=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        text = answer.text
        if door == "queue/join" and answer.status_code == 200:
            with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": visitor}) as told:
                for line in told.iter_lines():
                    text += line
                    if "close_stream" in line or "process_completed" in line:
                        break
            if self.token in text:
                return "a file was read"
            return ""
        return self._told(f"event {number} by {door}", answer.status_code, text)

    def _told(self, what: str, status: int, text: str) -> str:
        if self.token in text or "root:x:0" in text:
            return f"{what} gives a file away"
        if status >= 500:
            return f"{what} ends with {status}: {text[:200]}"
        if status >= 400 and ("\n" in text.strip() or len(text) > LONGEST_LINE):
            return f"{what} says more than a line: {text[:200]}"
        return ""
