"""Whether a file's picture or sound is encrypted, as streaming services sell them (MPEG-CENC in MP4).

The containers say so packet by packet: FFmpeg decodes what it cannot decrypt to nothing, or to a third of a second.
"""

from contextlib import suppress
from itertools import islice

from av.container import InputContainer
from av.error import FFmpegError

from milo_demo.errors import MiloError

PACKETS_ASKED = 60
"""So many packets are looked at: a second, of which little has to be read."""
FORMAT = "mov"
"""The only container that FFmpeg knows to be encrypted."""


def refuse_encrypted(container: InputContainer, name: str) -> None:
    """Raise MiloError where one of the first packets of file `name`, just opened, is encrypted."""
    if FORMAT not in container.format.name.split(","):
        return
    with suppress(FFmpegError):  # where it breaks off
        for packet in islice(container.demux(), PACKETS_ASKED):
            if packet.has_sidedata("encryption_info"):
                raise MiloError(f"{name} is encrypted: choose a copy without copy protection.")
