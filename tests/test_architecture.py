"""The rooms and their doors: what may import what (see the README's architecture section)."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "milo_demo"
FILES = sorted(PACKAGE.rglob("*.py"))

# Data flows from left to right; nothing imports what stands right of it.
ORDER = [
    "media",
    "features",
    "models",
    "weights",
    "hearing",
    "directions",
    "seeing",
    "looking_around",
    "fusion",
    "pipeline",
    "ui",
]
ANYWHERE = {"errors", "instruments", "tags", "analysis"}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every module named in an import statement, wherever it stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own_rooms(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("milo_demo.")}


@pytest.mark.parametrize(
    "path", [path for path in FILES if room(path) in ORDER], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_data_flows_one_way(path):
    here = ORDER.index(room(path))
    for other in own_rooms(path) - ANYWHERE - {room(path)}:
        assert other in ORDER and ORDER.index(other) < here, f"{path.name} must not import {other}"


@pytest.mark.parametrize("library, rooms", [
    ("subprocess", {"media", "training", "evaluation"}),
    ("imageio_ffmpeg", {"media", "evaluation"}),
    ("huggingface_hub", {"weights"}),
    ("gradio", {"ui"}),
])  # fmt: skip
def test_a_library_is_used_in_its_room_only(library, rooms):
    users = {room(path) for path in FILES if any(name.split(".")[0] == library for name in imports(path))}
    assert users <= rooms


def test_models_open_no_files():
    for path in (PACKAGE / "models").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "open" not in calls and not any(name.startswith(("pathlib", "safetensors")) for name in imports(path))
