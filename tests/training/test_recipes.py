import inspect
from importlib import import_module

import pytest

from milo_demo.__main__ import main
from milo_demo.training.commands import ENDING, RECIPES

MINUTES = {
    "sound": 35,
    "spectrogram": 90,
    "tags": 35,
    "eye": 26,
    "boxes": 50,
    "masks": 150,
    "owner": 110,
    "movement": 18,
    "source": 34,
    "semantic": 60,
    "vocabulary": 30,
    "joint": 5,
}


@pytest.mark.parametrize("model", MINUTES)
def test_a_recipe_trains_as_long_as_it_says_unless_it_is_told_to(model, monkeypatch, tmp_path):
    recipe = import_module(RECIPES[model])
    signature = inspect.signature(recipe.train)
    minutes = []

    def train(*arguments, **options):
        call = signature.bind(*arguments, **options)
        call.apply_defaults()
        minutes.append(call.arguments["minutes"])

    monkeypatch.setattr(recipe, "train", train)
    command = ["train", model, "--data", str(tmp_path), "--out", str(tmp_path / "out.safetensors")]
    assert main(command) == 0 and main([*command, "--minutes", "2"]) == 0
    assert minutes == [MINUTES[model], 2]


@pytest.mark.parametrize("model", ENDING)
def test_what_ends_by_itself_is_given_no_minutes(model, tmp_path, capsys):
    assert set(RECIPES) - set(MINUTES) == set(ENDING)
    command = ["train", model, "--data", str(tmp_path), "--out", str(tmp_path / "out.json"), "--minutes", "2"]
    assert main(command) == 2 and "leave it out" in capsys.readouterr().err
