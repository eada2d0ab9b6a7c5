"""The machine that the program finds itself on: homes that cannot be written, folders that users share, proxies.

What other libraries keep on disk, or look up in the environment, is set here before they are imported.
"""

import atexit
import getpass
import os
import shutil
import stat
import tempfile
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from filelock import FileLock

OWN_ADDRESSES = ("localhost", "127.0.0.1", "::1")


def own_folder() -> Path:
    """A folder in the temporary one that is this user's alone and stays; where there cannot be such a one, another that
    goes with the program."""
    folder = Path(tempfile.gettempdir()) / f"milo-{_user()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        if _is_private(folder) and can_be_written(folder):
            return folder
    return passing_folder()


@cache
def passing_folder() -> Path:
    """A folder that goes with the program."""
    folder = Path(tempfile.mkdtemp(prefix="milo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def can_be_written(folder: Path) -> bool:
    """Whether files can be written into a folder, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def also_at(file: str | Path, place: str | Path) -> None:
    """The same file in another place; a copy where they do not lie on one disk, or it knows no links."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """One process of this user at a time; where no lock can be had, without one."""
    lock = FileLock(own_folder() / f"{name}.lock")
    with suppress(OSError, NotImplementedError):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def give_the_user_a_name_and_a_home() -> None:
    """To users who are only a number, as in containers: torch asks what they are called, others where they live."""
    try:
        getpass.getuser()
    except (KeyError, OSError, ImportError):
        os.environ["LOGNAME"] = _user()
    home = os.path.expanduser("~")
    try:
        os.lstat(os.path.join(home, ".cache"))
        closed = False
    except OSError as error:
        closed = isinstance(error, PermissionError)  # somebody else's, as under sudo
    if closed or not os.path.isabs(home):
        os.environ["HOME"] = str(own_folder())


def make_way_for_the_page() -> None:
    """Before Gradio is imported: a temporary folder of the user's own that goes with the program, and no proxy before
    its own address."""
    if not os.environ.get("GRADIO_TEMP_DIR"):
        from milo_demo.machine.passing import passing  # which asks here for the user's own folder

        os.environ["GRADIO_TEMP_DIR"] = str(passing("gradio"))
    if os.environ.get("SPACE_ID"):  # on the Hub all visitors come through its proxy, which alone knows who they are
        os.environ.setdefault("FORWARDED_ALLOW_IPS", "*")
    ask_oneself_directly()


def ask_oneself_directly() -> None:
    """Where a proxy is set, except this machine's own addresses from it: Gradio looks whether its page answers."""
    proxies = urllib.request.getproxies()
    excepted = [name.strip() for name in proxies.pop("no", "").split(",") if name.strip()]
    if not proxies:
        return
    for scheme, proxy in proxies.items():  # the system's settings count only while the environment names none
        os.environ[f"{scheme}_proxy"] = proxy
    _except_from_proxies(",".join([*excepted, *(name for name in OWN_ADDRESSES if name not in excepted)]))
    import httpx

    try:
        httpx.Client().close()
    except (ImportError, ValueError, httpx.InvalidURL):
        _except_from_proxies("*")  # of a kind that it cannot use, SOCKS for one; it would not even be imported


def _except_from_proxies(addresses: str) -> None:
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = addresses


def _user() -> str:
    """By number where there is one: in containers users share a home, or have none."""
    return f"{os.getuid()}" if hasattr(os, "getuid") else f"{zlib.crc32(os.path.expanduser('~').encode()):08x}"


def _is_private(folder: Path) -> bool:
    """Whether this user alone can have put there what lies in the folder."""
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode):
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)
