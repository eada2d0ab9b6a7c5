import json

import pytest
import torch
from safetensors.torch import save_file

from milo_demo.errors import MiloError
from milo_demo.evaluation.hearing import ablation
from milo_demo.models.sound import SoundFCN


@pytest.fixture(scope="module")
def variants(tmp_path_factory):
    """A plain network and one with Gaussians, untrained."""
    folder = tmp_path_factory.mktemp("variants")
    torch.manual_seed(0)
    for name, more in (("plain", {}), ("two windows", {"windows": [512, 2048], "gaussian": "learned"})):
        config = {"filters": 4, "late": 4, **more}
        save_file(SoundFCN(**config).half().state_dict(), folder / f"{name}.safetensors")
        (folder / f"{name}.json").write_text(json.dumps({"config": config}), encoding="utf-8")
    return folder


def test_a_row_per_variant_the_best_first(variants, heard):
    rows = ablation.compare(variants, heard)
    assert {row["variant"] for row in rows} == {"plain", "two windows"}
    assert rows[0]["stems AUC"] >= rows[1]["stems AUC"]
    assert all(0 <= row[column] <= 1 for row in rows for column in ablation.COLUMNS[2:])
    assert {row["variant"]: row["parameters"] for row in rows}["plain"] == sum(
        values.numel() for values in ablation.load(variants, "plain").parameters()
    )


def test_the_table_is_markdown():
    row = dict.fromkeys(ablation.COLUMNS, 0.5) | {"variant": "plain", "parameters": 12_345}
    lines = ablation.table([row]).splitlines()
    assert lines[1] == "| " + " | ".join(["---"] * len(ablation.COLUMNS)) + " |"
    assert lines[2].startswith("| plain | 12,345 | 0.500 |")


def test_the_report_draws_what_was_learned(variants, heard, validation_data, tmp_path, capsys):
    ablation.report(variants, validation_data, heard, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["sigma_two_windows.svg"]
    assert "by patching" in capsys.readouterr().out


def test_a_folder_without_variants_is_said_so(tmp_path, heard):
    with pytest.raises(MiloError, match="--ablation"):
        ablation.compare(tmp_path, heard)
