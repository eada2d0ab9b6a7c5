"""Which of all routes that Gradio has are open: a new version that brings another one is noticed."""

import re

from milo_demo.evaluation.robustness.tour import routes
from milo_demo.ui.gate.doors import door_of

OPEN = {
    *("GET /", "HEAD /", "GET /config", "GET /config/", "GET /theme.css", "GET /favicon.ico", "GET /robots.txt"),
    *("GET /manifest.json", "GET /pwa_icon", "GET /static/x", "GET /assets/x", "GET /svelte/x"),
    *("GET /gradio_api/theme.css", "GET /gradio_api/startup-events", "GET /gradio_api/info", "GET /gradio_api/app_id"),
    *("GET /gradio_api/upload_progress", "GET /gradio_api/queue/data", "GET /gradio_api/file=x"),
    *("HEAD /gradio_api/file=x", "POST /gradio_api/upload", "POST /gradio_api/queue/join", "POST /gradio_api/cancel"),
    *("POST /gradio_api/reset", "POST /gradio_api/reset/", "POST /gradio_api/component_server"),
    "POST /gradio_api/component_server/",
}
"""Each path's own part is x, which is no session and no event's name."""


def test_nothing_else_is_open():
    found = [(method, re.sub(r"\{[^}]*\}", "x", path)) for method, path in routes()]
    assert len(found) > 60
    assert {f"{method} {path}" for method, path in found if door_of(method, path)} == OPEN


def test_files_of_all_systems_and_sessions_have_a_door():
    assert door_of("GET", "/gradio_api/file=C:/Users/a/clip.mp4")
    assert door_of("GET", "/gradio_api/file=/tmp/a b/clip\n.mp4")
    assert door_of("GET", "/gradio_api/heartbeat/zysfu4qjt3")
    assert door_of("POST", "/gradio_api/run/predict")
    assert door_of("POST", "/gradio_api/call/analyse") and door_of("POST", "/gradio_api/call/v2/instruments")
    assert door_of("GET", "/gradio_api/call/v2/analyse/" + "0a" * 16)
    assert not door_of("POST", "/gradio_api/call/chosen") and not door_of("POST", "/gradio_api/mcp/")
    assert door_of("POST", "/gradio_api/mcp/", mcp=True) and not door_of("GET", "/gradio_api/mcp/schema", mcp=True)
    assert not door_of("GET", "/gradio_api/file=" + "x" * 2000)
