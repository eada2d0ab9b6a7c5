import numpy as np
import pytest

from milo_demo.__main__ import main
from milo_demo.errors import MiloError
from milo_demo.evaluation.separation import report
from milo_demo.evaluation.separation.case import Case, Estimates
from milo_demo.evaluation.separation.methods import METHODS


def knowing(case: Case) -> Estimates:
    """The truth, a thousandth of the mixture in it."""
    tracks = {label: stem + np.float32(1e-3) * case.mixture for label, stem in case.stems.items()}
    return Estimates({label: np.zeros_like(case.mixture) for label in case.asked} | tracks, case.notes)


def fiddler(case: Case) -> Estimates:
    """Takes every violin for an erhu."""
    return Estimates({{"violin": "erhu"}.get(label, label): stem for label, stem in case.stems.items()}, [])


@pytest.fixture
def methods(monkeypatch):
    monkeypatch.setitem(METHODS, "knowing", knowing)
    monkeypatch.setitem(METHODS, "fiddler", fiddler)


def test_the_command_prints_a_row_for_every_method(band_data, tmp_path, capsys):
    command = ["evaluate", "separation", "--data", str(band_data), "--workdir", str(tmp_path)]
    assert (
        main([*command, "--sets", "bach10-duets", "mir1k", "--methods", "ideal ratio", "mixture", "--cases", "1"]) == 0
    )
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(" (")[0] for line in printed[1:]] == [
        f"{part}: {method}"
        for part in ("bach10-duets", "mir1k", "mir1k, voice", "mir1k, residual")
        for method in ("mixture", "ideal ratio")
    ]
    assert printed[0].split()[:3] == ["SI-SDR", "gain", "least"]


def test_figures_of_those_who_know(band_data, tmp_path, methods):
    table = report.evaluate(
        band_data, tmp_path, sets=["bach10-duets", "turns"], methods=["mixture", "knowing"], cases=1
    )
    duet = {name: figure.value for name, figure in table["bach10-duets: knowing"].items()}
    assert duet["SI-SDR"] > 50 and duet["gain"] > 50 and duet["names"] == 1
    assert duet["onset F1"] == duet["frame F1"] == duet["any owner"] == 1
    unseparated = table["bach10-duets: mixture"]
    assert unseparated["SI-SDR"].value == pytest.approx(0, abs=1) and unseparated["gain"].value == 0
    assert "onset F1" not in unseparated
    assert table["turns: mixture"]["leak"].value == pytest.approx(0, abs=0.1)
    assert table["turns: knowing"]["leak"].value == pytest.approx(-60, abs=0.1)


def test_solos_and_absent_instruments(band_data, tmp_path, methods, played):
    table = report.evaluate(band_data, sets=["solos", "absent"], methods=["mixture", "knowing", "fiddler"])
    solos, absent = (
        {who: table[f"{name}: {who}"] for who in ("mixture", "knowing", "fiddler")} for name in ("solos", "absent")
    )
    assert solos["mixture"]["carried"].value == 1 and solos["mixture"]["enough"].value == 1
    assert (solos["fiddler"]["least"].value, solos["fiddler"]["enough"].value) == (0, 0.75)
    assert solos["fiddler"]["names"].value == 0.75
    assert absent["mixture"]["most"].value == pytest.approx(0) and absent["mixture"]["quiet"].value == 0
    assert absent["knowing"]["quiet"].value == absent["fiddler"]["quiet"].value == 1


def test_wrong_names_are_counted_and_their_tracks_are_not(band_data, tmp_path, methods, capsys):
    table = report.evaluate(band_data, tmp_path, sets=["bach10-duets"], methods=["knowing", "fiddler"])
    assert set(table["bach10-duets: fiddler"]) == {"onset F1", "frame F1", "any owner", "names", "× duration"}
    assert table["bach10-duets: fiddler"]["names"].value == 0
    assert (
        table["fiddler: violin is called"]["erhu"].value == table["fiddler: clarinet is called"]["clarinet"].value == 1
    )
    assert "knowing: violin is called" not in table


@pytest.mark.parametrize("chosen, what", [({"sets": ["jazz"]}, "set jazz"), ({"methods": ["luck"]}, "method luck")])
def test_an_unknown_name_is_one_sentence(band_data, chosen, what):
    with pytest.raises(MiloError, match=f"There is no {what}: choose from"):
        report.evaluate(band_data, **chosen)


def test_options_of_other_evaluations_are_refused(band_data, capsys):
    for sense, option in (("hearing", "--sets"), ("separation", "--variants"), ("tempo", "--pictures")):
        assert main(["evaluate", sense, "--data", str(band_data), option, "x"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "--sets is for separation, collection and robustness: leave it out.",
        "--variants is for hearing: leave it out.",
        "--pictures is for hearing, seeing and playing: leave it out.",
    ]
