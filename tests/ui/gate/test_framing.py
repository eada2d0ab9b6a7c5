"""Who may show the page in a frame, and what makes it an app."""

import pytest

from milo_demo.ui.gate.framing import HUB


def ancestors(answer) -> str:
    return answer.headers.get("content-security-policy", "")


@pytest.mark.parametrize("query, who", [
    ("", "'self'"), ("?embed", "*"), ("?embed=1&__theme=dark", "*"), ("?x=embed", "'self'"), ("?%65mbed", "*"),
])  # fmt: skip
def test_the_player_alone_may_stand_in_anybodys_page(client, query, who):
    assert ancestors(client.get(f"/{query}")) == f"frame-ancestors {who}"
    assert ancestors(client.get("/gradio_api/info")) == ""


def test_the_hub_shows_its_spaces_in_frames(client, monkeypatch):
    monkeypatch.setenv("SYSTEM", "spaces")
    assert ancestors(client.get("/")) == f"frame-ancestors 'self' {HUB}"
    assert ancestors(client.get("/?embed")) == "frame-ancestors *"


def test_it_can_be_installed_by_its_own_name_and_icon(client):
    assert 'rel="manifest"' in client.get("/").text
    manifest = client.get("/manifest.json").json()
    assert manifest["name"] == "MILO" and manifest["display"] == "standalone" and manifest["start_url"] == "./"
    [icon] = manifest["icons"]
    found = client.get(icon["src"])
    assert found.headers["content-type"].startswith("image/svg+xml") and b"#4f46e5" in found.content
