from milo_demo.evaluation.table import Figure, Printer, by_row, share


def test_a_share_is_counted():
    found = share([True] * 8 + [False] * 2)
    assert (found.value, found.count) == (0.8, 10)
    assert found.interval[0] < 0.8 < found.interval[1]


def test_columns_are_turned_into_rows():
    table = by_row({"MILO": {"a": Figure(1.0), "b": Figure(2.0)}, "chance": {"b": Figure(0.5)}})
    assert table == {"a": {"MILO": Figure(1.0)}, "b": {"MILO": Figure(2.0), "chance": Figure(0.5)}}


def test_a_row_is_a_line_with_count_and_interval(capsys):
    printer = Printer(("boxes", "maps", "nobody"))
    printer.show(
        {"hit": {"maps": Figure(0.5, 12), "boxes": Figure(0.75, 12, (0.6, 0.9))}, "size": {"maps": Figure(12345)}}
    )
    heading, hit, size = capsys.readouterr().out.splitlines()
    assert heading.split() == ["boxes", "maps", "nobody", "90%", "interval", "of"]
    assert hit.split() == ["hit", "(12)", "0.750", "0.500", "boxes", "0.600-0.900"]
    assert size.split() == ["size", "12,345"]
    assert size.index("12,345") + 6 == heading.index("maps") + 4, "figures stand under their heading"


def test_a_heading_is_printed_again_where_columns_change(capsys):
    printer = Printer()
    for name, column in (("a", "one"), ("b", "one"), ("c", "other")):
        printer.show({name: {column: Figure(0.0)}})
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["one", "a", "b", "other", "c"]
    assert list(printer.table) == ["a", "b", "c"]


def test_long_names_move_the_columns(capsys):
    Printer().show({"x" * 70: {"boxes": Figure(0.25)}})
    heading, row = capsys.readouterr().out.splitlines()
    assert len(heading) == len(row) > 75


def test_of_nothing_nothing_is_printed(capsys):
    Printer(("boxes",)).show({})
    assert capsys.readouterr().out == ""
