"""Being asked to stop, as a container's end asks (SIGTERM), is being interrupted: what was begun is put away."""

import signal
import threading
from types import FrameType


def stop_when_asked() -> None:
    """From now on SIGTERM interrupts the main thread as Ctrl+C does. Elsewhere than there, nothing changes."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # asked twice while tidying up
    raise KeyboardInterrupt
