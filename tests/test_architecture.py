"""The house as the README draws it: its rooms, what each may import, and how large they may grow."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "milo_demo"
FILES = sorted(PACKAGE.rglob("*.py"))

FLOORS = [
    {"errors", "instruments", "outside", "tags", "grid", "geometry", "machine"},
    {"options", "corrections", "plots", "folder", "maps", "findings"},
    {"analysis"},
    {"media", "features"},
    {"models"},
    {"weights"},
    {"large"},
    {"hearing", "seeing", "playing", "separation"},
    {"fusion", "export"},
    {"pipeline", "saved"},
    {"collection", "programs"},
    {"ui", "training"},
    {"evaluation"},
]
"""From the ground up: a room imports from the floors below it, and nothing of its own floor but itself."""
PAGE_KNOWS = {
    "errors", "machine", "instruments", "outside", "tags", "grid", "analysis", "corrections", "pipeline", "saved",
    "collection", "large", "options", "programs",
}  # fmt: skip
"""The page shows results; it knows no networks, and where they come from only of those that can be fetched there."""
RECIPES_DO_NOT_KNOW = {"pipeline"}

LONGEST_FILE, FULLEST_FOLDER = 300, 15
VENDORED = PACKAGE / "ui" / "player" / "three"


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms() -> set[str]:
    return {room(path) for path in FILES} - {"__init__", "__main__"}


def floor(name: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if name in names)


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
    return {name.split(".")[1] for name in imports(path) if name.startswith("milo_demo.")} - {room(path)}


def test_every_room_has_its_floor_and_its_line_in_the_readme():
    assert set().union(*FLOORS) == rooms()
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Architecture")[1].split("\n## ")[0]
    lines = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name.rstrip("/").removesuffix(".py") for line in lines for name in re.findall(r"`([^`]+)`", line)}
    assert named == rooms()


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_data_flows_one_way(path):
    here, known = room(path), own_rooms(path)
    if here in ("__init__", "__main__"):
        return
    above = {name for name in known if floor(name) >= floor(here)}
    assert not above, f"{here} must not import what is not below it: {sorted(above)}"
    if here == "ui":
        assert known <= PAGE_KNOWS
    if here == "training":
        assert not known & RECIPES_DO_NOT_KNOW


@pytest.mark.parametrize("library, users", [
    ("subprocess", {"machine", "media", "training", "evaluation"}),
    ("imageio_ffmpeg", {"media", "training", "evaluation"}),
    ("huggingface_hub", {"weights"}),
    ("gradio", {"ui"}),
    ("duckdb", {"collection"}),
    ("pyarrow", {"collection", "evaluation"}),
    ("ray", {"collection"}),
    ("matplotlib", {"plots"}),
    ("spaces", {"pipeline"}),
    ("transformers", {"large"}),
    ("demucs", {"large"}),
])  # fmt: skip
def test_a_library_is_used_in_its_room_only(library, users):
    found = {room(path) for path in FILES if any(name.split(".")[0] == library for name in imports(path))}
    assert found <= users


def test_models_open_no_files():
    for path in (PACKAGE / "models").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "open" not in calls and not any(name.startswith(("pathlib", "safetensors")) for name in imports(path))


def test_no_file_is_too_long_to_read_and_no_folder_too_full_to_look_through():
    code = [path for top in (PACKAGE, ROOT / "tests") for path in top.rglob("*.*") if path.suffix in (".py", ".js")]
    long = {path.name: count for path in code if (count := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE}
    assert not long, f"over {LONGEST_FILE} lines: does each still hold one thing?"
    folders = {path.parent for path in code if VENDORED not in path.parents}
    full = {
        folder.name: count
        for folder in folders
        if (count := sum(path.is_file() for path in folder.iterdir())) > FULLEST_FOLDER
    }
    assert not full, f"over {FULLEST_FOLDER} files: is there a room in this room?"
