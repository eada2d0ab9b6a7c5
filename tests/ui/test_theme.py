"""The style sheets keep to one scale."""

import re

import pytest

from milo_demo.ui.theme import HERE, SANS, STYLES
from milo_demo.ui.timeline import LAYOUT, time_axis

SPACES = re.compile(r"(?:gap|padding|margin)(?:-\w+)?: ([^;}]+)")


def sheet(path: str) -> str:
    """Without comments and the scale itself."""
    text = re.sub(r"/\*.*?\*/", "", (HERE / path).read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r":root \{.*?\}", "", text, flags=re.S)


@pytest.mark.parametrize("path", STYLES)
def test_texts_and_spaces_have_the_sizes_of_the_scale(path):
    text = sheet(path)
    sizes = set(re.findall(r"font-size: ([^;}]+)", text)) - {"96px"}  # the countdown fills the picture
    assert all(
        re.fullmatch(r"var\(--milo-(tiny|small|text|head|large)\)( !important)?", size.strip()) for size in sizes
    ), sizes
    assert set(re.findall(r"font-weight: ([^;}]+)", text)) <= {"400", "600"}
    spaces = [int(number) for rule in SPACES.findall(text) for number in re.findall(r"(?<![\w.-])(\d+)px", rule)]
    assert all(space < 4 for space in spaces), "what is larger than a hair is on the scale"


@pytest.mark.parametrize("path", STYLES)
def test_nothing_moves_for_long_and_nothing_where_the_system_asks_for_none(path):
    text = sheet(path)
    assert set(re.findall(r"transition: [\w-]+ (\S+)", text)) <= {"var(--milo-quick)"}
    still = text[text.find("prefers-reduced-motion") :] if "prefers-reduced-motion" in text else ""
    for kind in ("transition", "animation"):
        if re.search(rf"[^-]{kind}: (?!none)", text):
            assert f"{kind}: none" in still, kind


def test_figures_have_fonts_and_sizes_of_the_page():
    scale = re.findall(r"--milo-(?:tiny|small|text|head|large): (\d+)px", (HERE / "theme.css").read_text("utf-8"))
    assert LAYOUT["font"]["family"].split(", ") == list(SANS)
    assert {LAYOUT["font"]["size"], time_axis(1.0)["title"]["font"]["size"]} <= set(map(int, scale))


def test_a_class_has_one_style_sheet():
    """Two rooms that call something alike would dress each other's."""
    homes: dict[str, set[str]] = {}
    for path in STYLES:
        for selectors in re.findall(r"([^{}]+)\{", sheet(path)):
            for name in re.findall(r"(?:^|,)\s*\.(milo-[\w-]+)\s*(?=,|$)", selectors.strip()):
                homes.setdefault(name, set()).add(path)
    assert {name: paths for name, paths in homes.items() if len(paths - {"theme.css"}) > 1} == {}
