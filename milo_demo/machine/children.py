"""FFmpeg as a child that costs no more than a clip may, and goes when the program goes."""

import os
import subprocess
import sys
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
MEMORY_BYTES = 1_500_000_000
"""Of its own data. Ordinary clips take 0.1 to 0.4 GB, 8K some 1.1 GB."""
CPU_S = 4 * 3600
"""Processor time, of all its threads: three times what twenty minutes of 4K take on two cores."""


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a command, its first word a path, with limits where the system has them; what it prints comes by a pipe."""
    if os.name == "posix":
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(MEMORY_BYTES), str(CPU_S)]
        command = [*leash, *command]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
