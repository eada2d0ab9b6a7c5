import sys

import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation import drift


def test_where_there_is_no_browser_that_is_said(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(MiloError, match="there is no Chromium"):
        drift.measured("http://127.0.0.1:1/")
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(MiloError, match="Playwright is not installed"):
        drift.measured("http://127.0.0.1:1/")
