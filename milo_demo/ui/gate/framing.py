"""Whose pages may show MILO in a frame: the player alone anybody's, the whole page its own and, on a Space, the Hub's.

In a frame that somebody else lays under their own, a visitor presses what they do not see. The player alone
(``?embed``) takes no file, changes no result, and asks for no camera.
"""

import os
from urllib.parse import parse_qs

from gradio.utils import get_space

PAGES = ("/", "/collection", "/collection/")
HUB = "https://huggingface.co https://*.huggingface.co https://*.hf.space"


def framing(path: str, query: bytes) -> list[tuple[bytes, bytes]]:
    """The header for a page that says who may frame it; none for what is no page.

    >>> framing("/", b"embed")
    [(b'content-security-policy', b'frame-ancestors *')]
    >>> framing("/theme.css", b"")
    []
    """
    if path not in PAGES:
        return []
    alone = path == "/" and "embed" in parse_qs(query.decode("latin-1"), keep_blank_values=True)
    on_a_space = get_space() is not None or os.environ.get("SYSTEM") == "spaces"
    who = "*" if alone else f"'self' {HUB}" if on_a_space else "'self'"
    return [(b"content-security-policy", f"frame-ancestors {who}".encode())]
