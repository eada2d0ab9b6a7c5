"""What a child may cost, and that it goes with its parent: run as a script, it becomes the command that follows.

    python leash.py PARENT MEMORY_BYTES CPU_S COMMAND…

A small file can make FFmpeg take gigabytes (a gap of an hour between two timestamps is filled with frames), and whoever
kills the program leaves its children running. Limits and the wish to die are the process's own and stay when it becomes
another, so nothing has to be done between fork and exec, where threads would be in the way. It imports nothing of the
program: it starts with every clip.
"""

import os
import sys

DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""


def main(parent: int, memory_bytes: int, cpu_s: int, command: list[str]) -> None:
    """Become `command`, limited where the system knows limits."""
    try:
        import resource
    except ImportError:  # Windows
        resource = None
    if resource is not None:
        for limit, most in ((resource.RLIMIT_DATA, memory_bytes), (resource.RLIMIT_CPU, cpu_s)):
            _, highest = resource.getrlimit(limit)
            most = most if highest == resource.RLIM_INFINITY else min(most, highest)
            resource.setrlimit(limit, (most, highest))
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:  # it died before it could be told
            return
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
