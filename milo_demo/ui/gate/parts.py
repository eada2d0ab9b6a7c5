"""What an upload is made of: files, and nothing else. Gradio keeps a field that is no file in memory, however large,
and lists no file of another name, so that none of those would count."""

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.formparsers import MultiPartException
from starlette.types import Message, Receive

FILES = b"files"
"""The one field that Gradio's upload route takes files from."""


def only_files(content_type: str, receive: Receive) -> Receive:
    """An upload's body as it comes, checked before it is handed on.

    content_type : of the request
    receive      : gives the body

    Raises MultiPartException, as Gradio's own reader does and removes by what has come, where a part is no file.
    """
    parts = _Parts(content_type)

    async def checked() -> Message:
        message = await receive()
        parts.write(message.get("body", b""))
        return message

    return checked


class _Parts:
    def __init__(self, content_type: str) -> None:
        self._name, self._value, self._disposition = b"", b"", b""
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise MultiPartException("There is no file in the request.")
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._field,
                "on_header_value": self._said,
                "on_header_end": self._end,
                "on_headers_finished": self._check,
            },
        )

    def write(self, body: bytes) -> None:
        self._parser.write(body)

    def _begin(self) -> None:
        self._disposition = b""

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _said(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _check(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") != FILES or b"filename" not in options:
            raise MultiPartException("Only files can be sent here.")
