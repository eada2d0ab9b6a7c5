"""A language model's client, from the official package."""

import asyncio
import base64
from pathlib import Path
from typing import Any


def called_by_mcp(address: str, file: str, clip: Path, asked: dict[str, Any]) -> tuple[list[str], dict[str, list[str]]]:
    """The tools' names, and what each answers, a text or a picture's bytes for every piece."""
    return asyncio.run(_called(address, file, clip, asked))


async def _called(address: str, file: str, clip: Path, asked: dict[str, Any]) -> tuple[list[str], dict[str, list[str]]]:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    within = "data:video/mp4;base64," + base64.b64encode(clip.read_bytes()).decode()
    async with (
        streamablehttp_client(f"{address}/gradio_api/mcp/") as (receive, send, _),
        ClientSession(receive, send) as session,
    ):
        await session.initialize()

        async def call(tool: str, **values: Any) -> list[str]:
            found = await session.call_tool(tool, values)
            return [getattr(piece, "text", None) or getattr(piece, "data", "") for piece in found.content]

        tools = (await session.list_tools()).tools
        assert all(tool.description and tool.inputSchema["type"] == "object" for tool in tools)
        answers = {"analyse": await call("analyse", file=file, **asked)}
        answers["explain_frame"] = await call("explain_frame", result=answers["analyse"][0], second=0.5)
        answers["separate"] = await call("separate", file=within, duration_s=0.6)
        answers["instruments"] = await call("instruments")
        answers["elsewhere"] = await call("analyse", file="http://127.0.0.1:1/clip.mp4")
        hidden = {"path": str(clip), "meta": {"_type": "gradio.FileData"}}
        answers["hidden"] = [*await call("analyse", file=hidden), *await call("separate", file=within, start_s=hidden)]
        answers["nothing"] = await call("separate")
        return [tool.name for tool in tools], answers
