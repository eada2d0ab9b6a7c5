"""Machines as they are: a home that cannot be written, a shared temporary folder, a proxy in between."""

import getpass
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from unittest import mock

import httpx  # noqa: F401 - before a test replaces what it imports
import pytest

from milo_demo import machine

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def environment():
    """What a test sets there is taken back."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def shared(tmp_path, monkeypatch) -> Path:
    """The temporary folder that all users of the machine share."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    machine.passing_folder.cache_clear()
    yield tmp_path
    machine.passing_folder.cache_clear()


def lock_up(monkeypatch, *places: Path) -> None:
    """Nothing can be written into `places`: permissions do not hold for root, who may run this."""

    def writable(folder: Path) -> bool:
        return not any(place in (folder, *folder.parents) for place in places)

    monkeypatch.setattr(machine, "can_be_written", writable)


def test_what_can_be_written_is_tried(tmp_path):
    assert machine.can_be_written(tmp_path / "new" / "folder")
    (tmp_path / "file").write_text("")
    assert not machine.can_be_written(tmp_path / "file" / "folder")
    assert not machine.can_be_written(Path("/proc/nothing"))


def test_everyone_has_a_folder_of_their_own(shared, monkeypatch):
    first = machine.own_folder()
    assert first == machine.own_folder() and first.parent == shared
    if hasattr(os, "getuid"):
        assert stat.S_IMODE(first.stat().st_mode) == 0o700
        monkeypatch.setattr(os, "getuid", lambda: 12345)  # what the first user made is another's
        assert machine.own_folder() != first


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has one temporary folder per user")
@pytest.mark.parametrize("trap", ["file", "link", "open to all", "another's"])
def test_a_folder_that_others_may_write_to_is_not_ones_own(shared, monkeypatch, trap):
    place, elsewhere = shared / f"milo-{os.getuid()}", shared / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    if trap == "file":
        place.write_text("")
    elif trap == "link":
        place.symlink_to(elsewhere)
    else:
        place.mkdir(mode=0o700)
        place.chmod(0o777 if trap == "open to all" else 0o700)
    if trap == "another's":
        user = os.getuid()
        place.rename(shared / f"milo-{user + 1}")
        monkeypatch.setattr(os, "getuid", lambda: user + 1)
        place = shared / f"milo-{user + 1}"
    own = machine.own_folder()
    assert own.parent == shared and own not in (place, elsewhere) and not list(elsewhere.iterdir())
    assert machine.can_be_written(own)


def test_a_user_who_is_only_a_number_has_a_name_and_a_home(shared, monkeypatch):
    pwd = pytest.importorskip("pwd", reason="Windows has no users without a name")
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "HOME"):
        os.environ.pop(name, None)
    monkeypatch.setattr(pwd, "getpwuid", lambda number: {}[number])
    machine.give_the_user_a_name_and_a_home()
    assert getpass.getuser() == str(os.getuid())
    assert Path.home() == machine.own_folder()


def test_a_home_that_is_closed_is_not_ones_home(shared, monkeypatch):
    def closed(path):
        raise PermissionError

    monkeypatch.setenv("HOME", "/somebody")
    machine.give_the_user_a_name_and_a_home()
    assert os.environ["HOME"] == "/somebody"
    monkeypatch.setattr(os.path, "expanduser", lambda _: "/somebody")
    with monkeypatch.context() as only:
        only.setattr(machine, "own_folder", lambda: shared)
        only.setattr(os, "lstat", closed)
        machine.give_the_user_a_name_and_a_home()
    assert os.environ["HOME"] == str(shared)


def test_a_lock_that_cannot_be_had_is_done_without(shared, monkeypatch):
    (machine.own_folder() / "work.lock").mkdir()
    with machine.alone("work"):
        done = True
    assert done
    with machine.alone("other"), pytest.raises(ZeroDivisionError), machine.alone("third"):
        raise ZeroDivisionError


def test_the_pages_temporary_folder_is_the_users_own(shared, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")
    machine.make_way_for_the_page()
    assert Path(os.environ["GRADIO_TEMP_DIR"]).parent == machine.own_folder() / "gradio"
    monkeypatch.setenv("GRADIO_TEMP_DIR", "/chosen")
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    machine.make_way_for_the_page()
    assert "FORWARDED_ALLOW_IPS" not in os.environ
    monkeypatch.setenv("SPACE_ID", "somebody/milo")
    machine.make_way_for_the_page()
    assert os.environ["FORWARDED_ALLOW_IPS"] == "*", "visitors are told apart behind the Hub's proxy"
    assert os.environ["GRADIO_TEMP_DIR"] == "/chosen"


@pytest.mark.parametrize("proxies, expected", [
    ({}, {}),
    ({"http": "http://proxy:1"}, {"http_proxy": "http://proxy:1", "no_proxy": "localhost,127.0.0.1,::1"}),
    (
        {"https": "http://proxy:1", "no": "intra.school"},
        {"https_proxy": "http://proxy:1", "no_proxy": "intra.school,localhost,127.0.0.1,::1"},
    ),
    ({"all": "http://proxy:port"}, {"all_proxy": "http://proxy:port", "no_proxy": "*"}),
])  # fmt: skip
def test_the_program_asks_itself_without_a_proxy(monkeypatch, proxies, expected):
    """Also one that is set in the system's settings, which count no longer once anything stands in the environment."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    monkeypatch.setattr(urllib.request, "getproxies", lambda: dict(proxies))
    machine.ask_oneself_directly()
    found = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    assert found.pop("NO_PROXY", None) == expected.get("no_proxy")
    assert found == expected


@pytest.mark.parametrize("proxy", [
    {"http_proxy": "http://127.0.0.1:9"},
    {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "intra.school"},
    {"all_proxy": "socks5://127.0.0.1:9"},
], ids=["http", "capitals", "socks"])  # fmt: skip
def test_the_page_opens_behind_a_proxy(tmp_path, proxy):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    found |= {"GRADIO_SERVER_PORT": str(port), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)} | proxy
    found.pop("GRADIO_TEMP_DIR", None)
    with open(tmp_path / "said", "w+b") as said:
        page = subprocess.Popen([sys.executable, ROOT / "app.py"], env=found, stdout=said, stderr=said, cwd=tmp_path)
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            answer = None
            for _ in range(240):
                if page.poll() is not None:
                    break
                with suppress(OSError):
                    answer = opener.open(f"http://127.0.0.1:{port}/", timeout=5).status
                    if b"Running on" in (tmp_path / "said").read_bytes():
                        break
                time.sleep(0.25)
            text = (tmp_path / "said").read_text()
            assert answer == 200 and page.poll() is None and "Traceback" not in text, text
        finally:
            page.kill()
            page.wait()
