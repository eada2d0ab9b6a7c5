"""Every default of Gradio's that stores, sends or serves something is set as SECURITY.md says, and none is missed."""

import inspect
import re
from pathlib import Path

import gradio as gr
import pytest

from milo_demo.ui import look, results
from milo_demo.ui.gate import doors, keeping, quotas

SECURITY = (Path(__file__).parents[3] / "SECURITY.md").read_text(encoding="utf-8")
LISTED = {
    name
    for line in SECURITY.split("## What Gradio does by default")[1].splitlines()
    if line.startswith("| `")
    for name in re.findall(r"`(\w+)`", line.split("|")[1])
}


@pytest.mark.parametrize("function", [gr.Blocks.__init__, gr.Blocks.queue, gr.Blocks.launch])
def test_the_list_names_every_parameter(function):
    assert set(inspect.signature(function).parameters) - {"self"} <= LISTED


def test_what_stores_sends_or_serves_is_off(client):
    options = look()
    assert not any(options[name] for name in ("run_history", "enable_monitoring", "mcp_server", "show_error"))
    assert options["max_file_size"] == doors.MOST_UPLOADED
    config = client.get("/config").json()
    assert config["run_history"] is False and config["analytics_enabled"] is False and config["pwa"] is True
    assert client.page.share is False and client.page.allowed_paths == []


def test_the_table_of_limits_says_what_holds():
    table = SECURITY.split("## Limits")[1].split("\n## ")[0]
    each, all_ = quotas.EACH, quotas.ALL
    assert f"| {each.files} files, {each.bytes // 10**9} GB |" in table
    assert f"| {all_.files:,} files, {all_.bytes // 10**9} GB, and {quotas.RESERVE // 10**9} GB of the disk" in table
    assert f"| {quotas.RUNS_EACH}, {quotas.RUNS_FROM}, {quotas.RUNS_ALL} |" in table
    [called] = [door for door in doors.DOORS if door.method == "POST" and door.path.startswith(doors.CALL)]
    assert f"at once | {called.most_bytes // doors.KB} kB; {doors.MOST_TOLD // doors.MB} MB; " in table
    assert f" MB; {quotas.MODELS_BRING // doors.MB} MB |" in table
    assert f"| {keeping.MOST_KEPT // 10**9} GB, six hours |" in table and keeping.KEPT_S == 6 * 3600
    assert f"| {quotas.EVENTS_EACH}, {quotas.EVENTS_FROM}; {quotas.CALLS_FROM} |" in table
    assert f"in an annotated video | {results.MOST_CUTS:,} |" in table
    assert f"| {doors.LONGEST_PATH:,} characters |" in table


def test_the_place_of_an_upload_cannot_be_told_from_its_content(client):
    from gradio import processing_utils
    from gradio.utils import get_hash_seed

    assert processing_utils.hash_seed != get_hash_seed().encode()
    first = processing_utils.hash_seed
    look()
    assert processing_utils.hash_seed != first
