"""The README's table of functions is that of their signatures, and the command line knows the same words."""

from pathlib import Path

from milo_demo.__main__ import main
from milo_demo.ui import layout
from milo_demo.ui.programs.calls import CALLS
from milo_demo.ui.programs.table import PAGE, table

ROOT = Path(__file__).parents[3]


def test_the_readme_has_exactly_this_table():
    assert table() in (ROOT / "README.md").read_text(encoding="utf-8"), table()
    assert all(f"`{name}`" in table() for name in CALLS)


def test_the_page_has_what_the_table_says_of_it(client):
    found = [str(getattr(block, "label", "")) for block in client.page.blocks.values()]
    found += [str(getattr(block, "value", "")) for block in client.page.blocks.values()]
    found += [layout._player(), layout._layers()]
    for (name, word), said in PAGE.items():
        if name == "analyse" and word != "projection":
            assert any(said.partition(":")[0] in text for text in found), said


def test_the_command_line_knows_every_flag(capsys):
    for name, parameters in {"analyse": 10, "separate": 5}.items():
        try:
            main([name, "--help"])
        except SystemExit:
            told = capsys.readouterr().out
        rows = table().partition(f"| `{name}` |")[2].splitlines()[: parameters + 2]
        flags = [part for row in rows for part in row.split("`") if part.startswith("--")]
        assert len(flags) == parameters and all(flag in told for flag in flags)
