"""How the page is launched: what it looks like, and every default of `launch` that stores, sends or serves something
turned the way that SECURITY.md says."""

import secrets

from gradio import processing_utils
from starlette.middleware import Middleware

from milo_demo.ui.gate.doors import MOST_UPLOADED
from milo_demo.ui.gate.gate import Gate
from milo_demo.ui.gate.keeping import keep_tidy, told
from milo_demo.ui.programs import models
from milo_demo.ui.theme import HERE, STYLES, theme

SESSIONS = 1_000
"""Pages that the server remembers, each with a megabyte of its own: who opened the oldest has to load it again."""


def look(mcp: bool = False) -> dict:
    """What `gr.Blocks.launch` takes for the page to look and behave as meant, and to be guarded.

    From now on, too, nobody can tell where an upload lies who knows what is in it: Gradio names its folder after that
    and a seed, which all programs of one installation share otherwise.

    mcp : whether language models may call what other programs may; raises MiloError where what that needs is not there
    """
    if mcp:
        models.make_way(str(told()))
    processing_utils.hash_seed = secrets.token_bytes(32)
    return {
        "theme": theme(),
        "css_paths": [HERE / path for path in STYLES],
        "favicon_path": HERE / "favicon.svg",
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": mcp,
        "pwa": True,
        "ssr_mode": False,
        "show_error": False,
        "strict_cors": True,
        "max_file_size": MOST_UPLOADED,
        "state_session_capacity": SESSIONS,
        "app_kwargs": {"middleware": [Middleware(Gate, mcp=mcp)], "lifespan": keep_tidy, "openapi_url": None},
    }
