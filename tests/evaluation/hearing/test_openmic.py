import numpy as np
import pytest
import soundfile

from milo_demo.errors import MiloError
from milo_demo.evaluation.hearing import openmic
from milo_demo.hearing import classify
from milo_demo.instruments import LABELS
from milo_demo.outside import OTHERS


@pytest.fixture
def published(tmp_path):
    """A tiny data set in the published layout: four clips, two instruments asked about in each."""
    rows = ["sample_key,instrument,relevance,num_responses"]
    keys = ["000001_0", "000002_0", "100003_0", "100004_0"]
    for number, key in enumerate(keys):
        folder = tmp_path / "audio" / key[:3]
        folder.mkdir(parents=True, exist_ok=True)
        tone = 0.1 * np.sin(2 * np.pi * 220 * (1 + number) * np.arange(16_000) / 16_000)
        soundfile.write(folder / f"{key}.ogg", tone, 16_000, format="OGG")
        rows += [f"{key},violin,{number % 2}.0,3", f"{key},organ,{1 - number % 2}.0,3", f"{key},cymbals,1.0,3"]
    rows.append("999999_9,violin,1.0,3")  # of the training part: not listened to
    (tmp_path / "openmic-2018-aggregated-labels.csv").write_text("\n".join(rows))
    (tmp_path / "partitions").mkdir()
    (tmp_path / "partitions" / "split01_test.csv").write_text("\n".join(keys))
    return tmp_path


def test_openmic_as_published_is_measured_by_instrument(published, monkeypatch):
    clips = iter(range(4))

    def hear(chunks, ear):
        list(chunks)
        heard, others = np.full((2, len(LABELS)), 0.1, np.float32), np.full((2, len(OTHERS)), 0.1, np.float32)
        heard[:, LABELS.index("violin")] = 0.9 if next(clips) % 2 else 0.2  # always right
        yield classify.Scores(heard, np.zeros((2, 0), np.float32), others=others)  # and never says organ

    monkeypatch.setattr(openmic, "hear", hear)
    table = openmic.openmic(published, classify.Ear(None))
    assert {name: figure.value for name, figure in table["OpenMIC violin"].items()} == {"AUC": 1, "AP": 1, "F1": 1}
    assert table["OpenMIC organ"]["AUC"].value == 0.5 and table["OpenMIC organ"]["F1"].value == 0
    assert "OpenMIC cymbals" not in table and table["OpenMIC mean"]["AUC"].value == 0.75


def test_what_is_missing_of_it_is_said(published):
    (published / "audio" / "100" / "100004_0.ogg").unlink()
    with pytest.raises(MiloError, match=r"100004_0\.ogg is missing"):
        openmic.openmic(published, classify.load(tags=False))
    with pytest.raises(MiloError, match="as it is published"):
        openmic.openmic(published / "audio", classify.Ear(None))


def test_subsets_are_ours():
    assert all(set(labels) <= set(LABELS) for labels in openmic.SUBSETS.values())
    assert {name: len(labels) for name, labels in openmic.SUBSETS.items()} == {
        "OpenMIC's 17": 16, "MUSIC's 11": 11, "MUSIC's 21": 21,
    }  # fmt: skip
