"""Which requests may reach Gradio, and how large they may be. Everything else gets one line and status 404."""

import re
from typing import NamedTuple

KB, MB = 1_000, 1_000_000

UPLOAD = "/gradio_api/upload"
RUN = "/gradio_api/run/predict"
JOIN = "/gradio_api/queue/join"
SERVER = "/gradio_api/component_server"

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
)
"""The page's own. Left shut, among others: `/call`, `/run` by name and `/api`, since the events of the page are its own
and no programming interface; what watches or changes the server (`/monitoring`, `/dev/reload`, `/vibe-…`); what keeps
or fetches for others (`/run-history`, `/deep_link`, `/proxy=`, `/process_recording`, `/stream`); lists of all that."""

_compiled = [(door, re.compile(door.path, re.DOTALL)) for door in DOORS]


def door_of(method: str, path: str) -> Door | None:
    """The door that a request goes through; None where there is none."""
    if len(path) > LONGEST_PATH:
        return None
    method = "GET" if method == "HEAD" else method
    return next((door for door, path_re in _compiled if door.method == method and path_re.fullmatch(path)), None)
