"""The middleware: a request gets through a door, not too large and asking for what there is, or gets one sentence."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gradio.block_function import BlockFunction
from gradio.routes import App
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from milo_demo.errors import MiloError
from milo_demo.ui.gate import calling, doors, parts, quotas
from milo_demo.ui.gate.asking import event_of, wrong
from milo_demo.ui.gate.framing import framing
from milo_demo.ui.gate.keeping import clear_told
from milo_demo.ui.gate.quotas import MODELS_BRING, Uploads

WORK = "work"
"""Gradio's name of the queue of analyses (`ui/layout`)."""

NO_GUESSING = (b"x-content-type-options", b"nosniff")
"""A visitor's file is what its answer says, whatever a browser would make of its first bytes."""

log = logging.getLogger(__name__)


class Gate:
    """In front of Gradio's routes. Nothing that goes wrong behind it leaves more than one line in the log: faults of
    MILO's own are logged where they happen."""

    def __init__(self, app: ASGIApp, mcp: bool = False) -> None:
        """mcp : whether language models may come"""
        self.app = app
        self.mcp = mcp
        self.uploads = Uploads()
        self.models_bring = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            answer = _Answer(send, [*framing(scope["path"], scope["query_string"]), NO_GUESSING])
            try:
                await self._admit(scope, receive, answer)
            except Exception as error:
                log.warning("%s %s: %s", scope["method"], scope["path"][:80], " ".join(repr(error).split())[:200])
                await answer.end(scope, receive)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _admit(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        async def refuse(status: int, sentence: str) -> None:
            await JSONResponse({"error": sentence, "detail": sentence}, status)(scope, receive, answer)

        path, app = scope["path"], scope["app"]
        door = doors.door_of(scope["method"], path, self.mcp)
        if door is None:
            return await refuse(404, "There is nothing here.")
        size = _said_bytes(Headers(scope=scope))
        if size > door.most_bytes:
            return await refuse(413, f"That is too large: at most {door.most_bytes / doors.MB:g} MB can be sent here.")
        if door.method == "GET":
            return await self.app(scope, receive, answer)
        if path == doors.UPLOAD:
            if not size:
                return await refuse(411, "The request does not say how large the file is.")
            visitor, folder = visitor_of(scope), Path(app.uploaded_file_dir)
            if said := self.uploads.admit(visitor, size, folder):
                return await refuse(429, said)
            with self._coming(visitor, size, answer):
                files = parts.only_files(Headers(scope=scope).get("content-type", ""), receive)
                await self.app(scope, files, answer)
            return None
        if door is doors.MODELS:
            return await self._admit_model(scope, receive, answer, size, refuse)
        body = await _read(receive, door.most_bytes)
        if body is None:
            return await refuse(413, f"That is too large: at most {door.most_bytes / doors.MB:g} MB can be sent here.")
        if not path.startswith(doors.CALL) and (said := wrong(app, path, body)):
            return await refuse(400, said)
        fn = calling.called(app, path, body)
        if path == doors.RUN and (fn is not None or _is_queued(app, body)):
            return await refuse(404, "There is nothing here.")
        if fn is not None:
            try:
                body = calling.settled(fn, path, body)
            except MiloError as error:
                wording = calling.as_validation(str(fn.api_name), str(error))
                return await JSONResponse(wording, 422)(scope, receive, answer)
        if (fn is not None or path == doors.JOIN) and (said := _too_many(app, body, visitor_of(scope), fn)):
            return await refuse(429, said)
        return await self.app(scope, _again(body, receive), answer)

    async def _admit_model(
        self, scope: Scope, receive: Receive, answer: "_Answer", size: int, refuse: Callable[[int, str], Awaitable]
    ) -> None:
        """A language model's request. Gradio has its tools called by a client of its own, which comes through this gate
        once more: in the name of whoever asked, told by the one header that this machine is believed in."""
        visitor = visitor_of(scope)
        if not size:
            return await refuse(411, "The request does not say how large it is.")
        if self.models_bring + size > MODELS_BRING:
            return await refuse(429, "Too much is sent here at once: try again in a minute.")
        if said := self.uploads.admit(visitor, size, Path(scope["app"].uploaded_file_dir)):
            return await refuse(429, said)
        self.models_bring += size
        headers = [(name, value) for name, value in scope["headers"] if name != b"x-forwarded-for"]
        try:
            named = {**scope, "headers": [*headers, (b"x-forwarded-for", visitor.encode())]}
            await self.app(named, receive, answer)
        finally:
            self.models_bring -= size
            self.uploads.done(visitor, size)
            if not self.models_bring:
                clear_told()

    @contextmanager
    def _coming(self, visitor: str, size: int, answer: "_Answer") -> Iterator[None]:
        """While a file comes: it is counted until then by what the request says, and then by what has come."""
        answer.keep = True
        paths: list[str] = []
        try:
            yield
            paths = answer.listed()
        finally:
            self.uploads.done(visitor, size, paths)


class _Answer:
    """Passes an answer on with some headers more, and knows how far it has come."""

    def __init__(self, send: Send, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._send, self._headers = send, list(headers)
        self.keep, self._body = False, b""
        self.status, self._begun, self._ended = 0, False, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun, self.status = True, message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers]
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body", False)
            self._body += message.get("body", b"") if self.keep else b""
        await self._send(message)

    def listed(self) -> list[str]:
        """The paths that a finished answer lists, as that to an upload."""
        if self.status != 200:
            return []
        return [path for path in json.loads(self._body) if isinstance(path, str)]

    async def end(self, scope: Scope, receive: Receive) -> None:
        """Say that it failed, or end what has begun."""
        if not self._begun:
            sentence = "The page cannot answer that."
            await JSONResponse({"error": sentence, "detail": sentence}, 400)(scope, receive, self)
        elif not self._ended:
            await self({"type": "http.response.body", "body": b""})


def visitor_of(scope: Scope) -> str:
    """The network address a request comes from; behind a proxy that uvicorn trusts, what that says."""
    return scope["client"][0] if scope.get("client") else ""


def _said_bytes(headers: Headers) -> int:
    """How large a request says that it is; 0 where it does not say, or comes in pieces, whatever it says besides."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 16 and "transfer-encoding" not in headers else 0


def _is_queued(app: App, body: bytes) -> bool:
    """Whether an event has to wait for its turn, like the others of its kind."""
    event = event_of(app, json.loads(body))
    return event is not None and event.queue is not False


def _too_many(app: App, body: bytes, visitor: str, called: BlockFunction | None) -> str | None:
    told: dict[str, Any] = json.loads(body)
    event = called or event_of(app, told)
    waiting = list(app.get_blocks()._queue.event_ids_to_events.values())
    is_run = event is not None and event.concurrency_id == WORK
    return quotas.too_many(waiting, visitor, told.get("session_hash"), is_run)


async def _read(receive: Receive, most_bytes: int) -> bytes | None:
    """The request's body; None where it is larger, or its sender has gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > most_bytes:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """What has been read, once more."""
    left = [body]

    async def replay() -> Message:
        return {"type": "http.request", "body": left.pop(), "more_body": False} if left else await receive()

    return replay
