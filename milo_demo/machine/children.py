"""FFmpeg as a child that costs no more than a clip may, and goes when the program goes."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
MEMORY_BYTES = 1_000_000_000 + 150_000_000 * (os.cpu_count() or 1)
"""Of its own data, what is reserved and not used included. FFmpeg keeps frames for as many threads as there are
processors: 4K takes 0.3 GB with two threads and 0.8 with sixteen, 8K 0.6 and 2.0."""
CPU_S = 4 * 3600
"""Processor time, of all its threads. Twenty minutes of 4K take forty minutes."""

_starter = ThreadPoolExecutor(1, "children")
"""Linux tells a child of the end of the thread that started it: this one lasts as long as the program."""


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a command, its first word a path, with limits where the system has them; what it prints comes by a pipe."""
    if os.name == "posix":
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(MEMORY_BYTES), str(CPU_S)]
        command = [*leash, *command]
    return _starter.submit(_started, command).result()


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
