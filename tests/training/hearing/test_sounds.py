from pathlib import Path

import pytest
import torch

from milo_demo.errors import MiloError
from milo_demo.training.hearing import sounds
from tests.training.hearing import tones

CPU = torch.device("cpu")


def test_what_is_prepared_needs_no_data(tmp_path):
    tones.library(tmp_path)
    assert sounds.library(Path("nowhere"), tmp_path, CPU).takes


def test_missing_data_is_one_sentence_and_leaves_nothing(tmp_path):
    with pytest.raises(MiloError, match="soundfonts is missing"):
        sounds.library(tmp_path, tmp_path / "library", CPU)
    assert not (tmp_path / "library").exists()


def test_without_fluidsynth_it_says_so(tmp_path, monkeypatch):
    for part in ("soundfonts", "midi/manifest.csv", "notes/philharmonia", "recordings"):
        (tmp_path / part).mkdir(parents=True)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MiloError, match="fluidsynth"):
        sounds.library(tmp_path, tmp_path / "library", CPU)
