import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation.hearing import ablation
from tests.evaluation.hearing import orchestra


@pytest.fixture(scope="module")
def variants(tmp_path_factory):
    return orchestra.variants(tmp_path_factory.mktemp("variants"))


def test_a_row_per_variant_the_best_first(variants, heard):
    table = ablation.compare(variants, heard)
    assert set(table) == {"plain", "two windows"}
    first, second = (row["stems AUC"].value for row in table.values())
    assert first >= second
    shares = [figure.value for row in table.values() for column, figure in row.items() if column != "parameters"]
    assert len(shares) == 2 * 6 and all(0 <= value <= 1 for value in shares)
    assert table["plain"]["parameters"].value == sum(
        values.numel() for values in ablation.load(variants, "plain").parameters()
    )


def test_frames_are_compared_both_ways(variants, validation_data):
    [(name, areas)] = ablation.by_frame(variants, "plain", validation_data).items()
    assert name.startswith("plain") and set(areas) == {"upscaling", "patching"}


def test_only_what_was_learned_is_drawn(variants, tmp_path):
    for name in ("plain", "two windows"):
        ablation.draw_widths(variants, name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["sigma_two_windows.svg"]


def test_a_folder_without_variants_is_said_so(tmp_path, heard):
    with pytest.raises(MiloError, match="--ablation"):
        ablation.compare(tmp_path, heard)
