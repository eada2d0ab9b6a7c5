"""The rehearsal of a Space."""

import sys

import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation import space
from milo_demo.evaluation.bench import ROOT
from milo_demo.ui import look

HEADER = """---
title: MILO
sdk: gradio
sdk_version: 6.31.0
python_version: "3.11"
app_file: app.py
license: mit
short_description: Who plays what
tags: [music]
---
"""


def test_our_own_header_will_do():
    texts = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "requirements.txt"))
    assert space.header(*texts) == []


@pytest.mark.parametrize("was, becomes, said", [
    ("license: mit\n", "", "license is missing"),
    ("title: MILO", "titel: MILO\ntitle: MILO", "titel is nothing that a Space knows"),
    ("[music]", "music", "tags has to be list"),
    ("Who plays what", "Who plays what, when and where, " * 3, "short_description has more than 60 characters"),
    ("6.31.0", "5.0.0", "sdk_version 5.0.0 is not what requirements.txt asks for"),
    ("app.py", "main.py", "main.py is not there"),
    ("title: MILO", "title: [", "it is no YAML"),
    ("title: MILO", "title: MILO\nthumbnail: none.png", "none.png, the thumbnail, is not there"),
    ("sdk: gradio", "sdk: docker", "sdk has to be gradio"),
])  # fmt: skip
def test_what_is_wrong_with_a_header_is_said(was, becomes, said):
    assert space.header(HEADER, "gradio>=6.31,<7") == []
    [told] = space.header(HEADER.replace(was, becomes), "gradio>=6.31,<7")
    assert told.startswith(said)


def test_nobody_elses_clips_are_kept_by_the_browser():
    assert look()["run_history"] is False


def test_a_page_that_cannot_analyse_is_one_sentence(tmp_path):
    with pytest.raises(MiloError, match=r"^A clip could not be analysed by the page: "):
        space._clip("http://127.0.0.1:9", tmp_path)


def test_memory_is_that_of_a_process_and_its_children():
    import os

    with space._peak() as peak:
        peak.roots.add(os.getpid())
        peak.look()
    assert peak.bytes > 50_000_000


def test_a_page_that_does_not_come_is_one_sentence(tmp_path):
    peak = space._Peak()
    told = space._variables(tmp_path)
    assert not [name for name in told if name.startswith(("HF_", "MILO_"))] and told["HOME"] != str(tmp_path)
    with space._started([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, told, peak) as (process, began):
        process.wait()
        with pytest.raises(MiloError, match="ended with code 3"):
            space._first_page(process, "http://127.0.0.1:9", began)
