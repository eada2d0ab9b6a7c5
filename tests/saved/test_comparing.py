import shutil

import numpy as np
import pytest
import soundfile

from milo_demo import saved
from milo_demo.errors import MiloError
from milo_demo.saved import comparing
from milo_demo.separation.published import deep_prior


@pytest.fixture(scope="module")
def result(analysed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared") / "result"
    shutil.copytree(analysed[1], folder)
    return folder


def test_every_method_s_tracks_are_the_same_seconds_and_sum_to_them(result):
    *_, takes = saved.compare(result, ["milo", "nmf", "semantic-vision"], 6.0, 2.0)
    assert [take.method for take in takes] == ["milo", "nmf", "semantic-vision"]
    sums = []
    for take in takes:
        assert take.mask.is_file() and take.done == 1
        sums.append(np.sum([soundfile.read(heard.path)[0] for heard in take.tracks], axis=0))
        assert take.tracks[-1].label == "residual"
    assert all(len(whole) == 2 * 44_100 for whole in sums)
    assert np.abs(sums[0] - sums[1]).max() < 2e-3 > np.abs(sums[0] - sums[2]).max()


def test_of_an_example_it_is_known_how_near_the_tracks_come(result):
    *_, [own] = saved.compare(result, ["milo"], 6.0, 2.0)
    known = {heard.label: heard.si_sdr_db for heard in own.tracks if heard.si_sdr_db is not None}
    assert len(known) == 2 and max(known.values()) > 2


def test_what_learns_is_heard_on_the_way_and_tells_its_losses(result, monkeypatch):
    monkeypatch.setattr(comparing, "LISTEN_EVERY", 2)
    said = [takes[-1] for takes in saved.compare(result, ["deep-prior"], 6.0, 1.0, sources=3, iterations=4)]
    assert [take.done for take in said][:2] == [0.5, 1.0]
    assert len(said[-1].tracks) == 4 and len(said[-1].losses["reconstruction"]) == 4
    assert len({heard.label for heard in said[-1].tracks}) == 4


def test_closing_it_stops_it(result, monkeypatch):
    monkeypatch.setattr(comparing, "LISTEN_EVERY", 1)
    going = saved.compare(result, ["deep-prior"], 6.0, 1.0, iterations=deep_prior.ITERATIONS)
    assert next(going)[0].done < 0.1
    going.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert list(going) == []


@pytest.mark.parametrize(
    "methods, start_s, duration_s, says",
    [
        ([], 0, 2, "at least one"),
        (["magic"], 0, 2, "no separator magic"),
        (["milo"], 0, 0, "up to 15 seconds"),
        (["milo"], 0, 60, "up to 15 seconds"),
        (["milo"], 99, 2, "cannot begin at 99"),
    ],
)
def test_what_cannot_be_compared_is_said(result, methods, start_s, duration_s, says):
    with pytest.raises(MiloError, match=says):
        saved.compare(result, methods, start_s, duration_s)


def test_without_a_result_or_tracks_there_is_nothing_to_compare(tmp_path):
    with pytest.raises(MiloError):
        saved.compare(tmp_path, ["milo"], 0, 2)
