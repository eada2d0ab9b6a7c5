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
