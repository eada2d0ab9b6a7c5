"""Language models' requests at the gate."""

from types import SimpleNamespace

import anyio
import httpx
import pytest

from milo_demo.ui.gate import gate, quotas
from milo_demo.ui.gate.doors import MCP, MOST_TOLD


@pytest.fixture
def post(tmp_path):
    """Sends a request from 1.2.3.4 to a gate; the answer, and the headers that got through."""
    seen: list[list[tuple[bytes, bytes]]] = []

    async def app(scope, receive, send) -> None:
        seen.append(scope["headers"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def ask(mcp: bool = True, **request):
        guarded = gate.Gate(app, mcp=mcp)

        async def named(scope, receive, send) -> None:
            scope["app"] = SimpleNamespace(uploaded_file_dir=str(tmp_path))
            await guarded(scope, receive, send)

        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(app=named, client=("1.2.3.4", 5))
            async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
                return await client.post(f"{MCP}/", **request)

        answer = anyio.run(sent)
        return answer, [value for headers in seen for name, value in headers if name == b"x-forwarded-for"]

    return ask


def test_they_stand_outside_unless_they_are_let_in(post):
    assert post(mcp=False, content=b"{}")[0].status_code == 404
    assert post(content=b"{}")[0].status_code == 200


def test_who_asks_is_who_the_tools_are_called_for(post):
    answer, named = post(content=b"{}", headers={"X-Forwarded-For": "9.9.9.9"})
    assert answer.status_code == 200 and named == [b"1.2.3.4"]


def test_they_bring_so_much_and_no_more(post, monkeypatch):
    assert post(content=b" " * (MOST_TOLD + 1))[0].status_code == 413
    assert post()[0].status_code == 411
    monkeypatch.setattr(gate, "MODELS_BRING", 1)
    assert post(content=b"{}")[0].status_code == 429
    monkeypatch.setattr(gate, "MODELS_BRING", quotas.MODELS_BRING)
    assert post(content=b"{}")[0].status_code == 200
