"""The page in a process of its own, on the loopback address, and a visitor who speaks to it as the browser does."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from milo_demo.evaluation.robustness.watching import family

ROOT = Path(__file__).parents[3]
STARTED_S = 120.0
RUN = "analyse_1"
"""The page's event that analyses; the first of this name is that for programs."""
FORBIDDEN = "Traceback"
"""Not to be found in the log."""


class Server:
    """with Server(folder) as server: … `folder` is its temporary one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Server":
        found = {name: value for name, value in os.environ.items() if name not in ("GRADIO_TEMP_DIR", "SPACE_ID")}
        found |= {"HF_ENDPOINT": "http://127.0.0.1:9"}  # who presses every button fetches nothing
        found |= {"GRADIO_SERVER_PORT": str(self.port), "TMPDIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=found, stdout=log, stderr=log)
        deadline_s = time.monotonic() + STARTED_S
        while "Running on" not in self.log() and time.monotonic() < deadline_s and self.process.poll() is None:
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def results(self) -> list[Path]:
        """The folders of runs, finished or not."""
        return list(self.folder.glob("milo-*/gradio/*/milo-*/*/"))

    def children(self) -> int:
        return len(family(self.process.pid)) - 1


class Visitor:
    """One page that somebody has open."""

    def __init__(self, server: Server, address: str = "127.0.0.1") -> None:
        self.session = secrets.token_hex(6)
        self.http = httpx.Client(base_url=server.address, timeout=120, headers={"X-Forwarded-For": address})
        self.events: dict[str, dict[str, Any]] = {}
        for event in self.http.get("/config").json()["dependencies"]:
            self.events.setdefault(event["api_name"], event)

    def upload(self, path: Path) -> dict[str, Any]:
        """What the page says of the uploaded file."""
        with path.open("rb") as file:
            [place] = self.http.post("/gradio_api/upload", files={"files": (path.name, file)}).json()
        return {
            "path": place,
            "orig_name": path.name,
            "size": path.stat().st_size,
            "meta": {"_type": "gradio.FileData"},
        }

    def choose(self, file: dict[str, Any]) -> str:
        """Choose it, and what the page is told."""
        return self.http.post("/gradio_api/run/predict", json=self._asked("chosen", [file, None, None])).text

    def begin(self, event: str, data: list[Any]) -> httpx.Response:
        """Put an event into the queue."""
        return self.http.post("/gradio_api/queue/join", json=self._asked(event, data))

    def analyse(self) -> str:
        """Begin to analyse all of what has been chosen, without tracks; the number of the event."""
        return self.begin(RUN, [None, 0, 60, None, None, 0, False, "notes", "milo", "", None]).json()["event_id"]

    def told(self) -> Iterator[str]:
        """What the server says of the session's events, line by line, until they are done."""
        query = {"session_hash": self.session}
        with self.http.stream("GET", "/gradio_api/queue/data", params=query) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    yield line
                    if '"close_stream"' in line:
                        return

    def cancel(self, event: str, number: str) -> None:
        self.http.post(
            "/gradio_api/cancel",
            json={"session_hash": self.session, "event_id": number, "fn_index": self.events[event]["id"]},
        )

    def analysis(self, told: str) -> dict[str, Any] | None:
        """The result that the server has spoken of; None where it has not."""
        found = re.search(r"gradio_api/file=[^\"\\?&<> ]*analysis\.json", told)
        if found is None:
            return None
        with suppress(json.JSONDecodeError):
            return json.loads(self.http.get(f"/{found.group()}").text)
        return None

    def _asked(self, event: str, data: list[Any]) -> dict[str, Any]:
        return {"fn_index": self.events[event]["id"], "data": data, "session_hash": self.session}
