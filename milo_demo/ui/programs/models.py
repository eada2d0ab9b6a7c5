"""The functions as tools of language models (MCP): Gradio's server of them, whose answers models can read.

Of itself it gives several values as one text in Python's spelling, the picture in it as a path. Here each value is a
piece of its own: objects are JSON, pictures pictures, other files their addresses.
"""

import json
from typing import Any

from anyio.to_thread import run_sync
from gradio import mcp
from gradio_client.utils import is_file_obj_with_meta

from milo_demo.errors import MiloError


class Tools(mcp.GradioMCPServer):
    def _prepare_tool_call_args(self, name: str, arguments: dict[str, Any]) -> Any:
        """Gradio's own client, which calls the tools, would upload whatever file of this machine an object among the
        values names. The tools take none, whether or not their schemas have been looked at."""
        for word, value in arguments.items():
            if isinstance(value, dict | list):
                raise ValueError(f"{word} must be a number, a text, or true or false.")
        return super()._prepare_tool_call_args(name, arguments)

    async def _execute_tool_without_progress(self, job: Any) -> list[Any]:
        result = await run_sync(job.result)
        return list(result) if isinstance(result, tuple) else [result]

    def postprocess_output_data(self, data: Any, root_url: str) -> list[Any]:
        return super().postprocess_output_data([piece for value in data for piece in pieces(value)], root_url)


def pieces(value: Any) -> list[Any]:
    """What a model reads of one value: files as they are, each by itself, anything else as text.

    >>> pieces({"a": None}), pieces(None), pieces("clip")
    (['{"a": null}'], [], ['clip'])
    """
    if value is None or isinstance(value, str) or is_file_obj_with_meta(value):
        return [] if value is None else [value]
    if isinstance(value, list) and value and all(map(is_file_obj_with_meta, value)):
        return value
    return [json.dumps(value, ensure_ascii=False)]


def make_way(folder: str) -> None:
    """Have Gradio serve these tools when it is launched with ``mcp_server=True``.

    folder : where the clips lie that models send within their requests, until they are uploaded from there

    Raises MiloError where the packages for it are missing.
    """
    if not hasattr(mcp.GradioMCPServer, "StreamableHTTPSessionManager"):
        raise MiloError(
            "--mcp needs other packages: pip install -r requirements-mcp.txt, best into an environment of its own."
        )
    mcp.GradioMCPServer, mcp.DEFAULT_TEMP_DIR = Tools, folder
