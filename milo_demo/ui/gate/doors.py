"""Which requests may reach Gradio, and how large they may be. Everything else gets one line and status 404."""

import re
from typing import NamedTuple

KB, MB = 1_000, 1_000_000

UPLOAD = "/gradio_api/upload"
RUN = "/gradio_api/run/predict"
JOIN = "/gradio_api/queue/join"
SERVER = "/gradio_api/component_server"
CALL = "/gradio_api/call"
MCP = "/gradio_api/mcp"

PROGRAMS = ("analyse", "explain_frame", "separate", "instruments")
"""What other programs may call by name (`ui/programs`); everything else that the server does is the page's own."""

MOST_TOLD = 16 * MB
"""What a language model's program can send at once, a clip within its request: what is larger, it uploads."""
MOST_UPLOADED = 2_000 * MB
"""An hour of a phone's 1080p video; a bound, so that one visitor cannot fill the disk."""
FRAME = 1 * MB
"""What surrounds a file when it is uploaded: its name, and boundaries."""

LONGEST_PATH = 2_000
"""Characters; the page's own are a tenth of it."""
SESSION = r"[\w-]{6,64}"


class Door(NamedTuple):
    """method     : GET goes for HEAD as well
    path       : regular expression of the whole path
    most_bytes : of the request's body
    """

    method: str
    path: str
    most_bytes: int = 0


DOORS = (
    Door("GET", r"/|/collection/?|/config/?|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json|/pwa_icon"),
    Door("GET", r"/(assets|static|svelte)/.+"),
    Door("GET", r"/gradio_api/(theme\.css|startup-events|info|app_id|upload_progress|queue/data)"),
    Door("GET", rf"/gradio_api/heartbeat/{SESSION}"),
    # A web address there would make the server fetch it; one letter is a disk of Windows.
    Door("GET", r"/gradio_api/file=(?![\w+.-]{2,}:/).+"),
    Door("POST", UPLOAD, MOST_UPLOADED + FRAME),
    # The largest the page sends is what is seen and heard of a long clip with all its cuts.
    Door("POST", rf"{RUN}|{JOIN}", 1 * MB),
    Door("POST", rf"{SERVER}/?", 500 * KB),
    Door("POST", r"/gradio_api/(cancel|reset)/?", 10 * KB),
    Door("POST", rf"{CALL}/(v2/)?({'|'.join(PROGRAMS)})/?", 10 * KB),
    Door("GET", rf"{CALL}/(v2/)?({'|'.join(PROGRAMS)})/[0-9a-f]{{32}}"),
)
"""The page's own, and those of programs. Left shut, among others: `/call` by other names, `/run` by name and `/api`,
since the events of the page are its own and no programming interface; what watches or changes the server
(`/monitoring`, `/dev/reload`, `/vibe-…`); what keeps or fetches for others (`/run-history`, `/deep_link`, `/proxy=`,
`/process_recording`, `/stream`); lists of all that."""
MODELS = Door("POST", rf"{MCP}/?", MOST_TOLD)
"""Open where the page is launched with `--mcp`."""

_compiled = [(door, re.compile(door.path, re.DOTALL)) for door in (*DOORS, MODELS)]


def door_of(method: str, path: str, mcp: bool = False) -> Door | None:
    """The door that a request goes through; None where there is none.

    mcp : whether language models may come
    """
    if len(path) > LONGEST_PATH:
        return None
    method = "GET" if method == "HEAD" else method
    fits = (door for door, path_re in _compiled if door.method == method and path_re.fullmatch(path))
    return next((door for door in fits if mcp or door is not MODELS), None)
