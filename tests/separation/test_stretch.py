"""Who is cut out by notes and who by the mask network."""

import numpy as np
import pytest
import torch

from milo_demo.separation.notes.owners import NoteFound
from milo_demo.separation.quality import Expected
from milo_demo.separation.stretch import MARGIN_DB, REST_PER_NOTE, BothWays, better_by_notes, doubted, in_company

NOTHING = np.zeros((1, 1, 1), np.float32)
EVEN = Expected(5.0, 5.0)


def chosen(labels: list[str], others: float, sure: float, promised: Expected = EVEN) -> list[str]:
    """Who is cut out by notes, where everybody has one."""
    notes = [NoteFound(player, 60, 0, 10, 0.0, sure) for player in range(len(labels))]
    both = BothWays(torch.zeros(1), NOTHING, NOTHING, notes, torch.zeros(1), others, 0.0)
    found = better_by_notes(labels, both, [promised] * len(labels), np.full(len(labels), sure))
    return [labels[player] for player in found]


@pytest.mark.parametrize("others, sure, by_notes", [(0.03, 0.6, ["flute", "voice"]), (0.2, 0.95, ["flute"])])
def test_a_singer_is_cut_out_by_notes_unless_there_is_a_band_that_nobody_asked_for(others, sure, by_notes):
    assert chosen(["flute", "voice"], others, sure) == by_notes


@pytest.mark.parametrize("sure, by_notes", [(0.6, ["guitar"]), (0.9, ["guitar", "voice"])])
def test_beside_chords_only_a_singer_of_sure_notes_is(sure, by_notes):
    assert chosen(["guitar", "voice"], 0.03, sure) == by_notes


def test_a_singer_alone_keeps_all_the_sound():
    assert chosen(["voice"], 0.03, 0.9) == []


def test_who_would_be_much_worse_by_notes_is_left_to_the_masks():
    assert chosen(["flute", "cello"], 0.0, 0.9, Expected(5.0 + MARGIN_DB + 1, 5.0)) == []
    assert chosen(["flute", "cello"], 0.0, 0.9, Expected(5.0 + MARGIN_DB - 1, 5.0)) == ["flute", "cello"]


def test_harmonics_are_doubted_most_where_notes_die_away_and_never_before_a_band_that_nobody_asked_for():
    assert 0 < doubted(["flute", "cello"], 0.03) < doubted(["flute", "guitar"], 0.03)
    assert doubted(["flute", "electric_bass"], 0.03) == doubted(["flute", "guitar"], 0.03)
    assert doubted(["electric_bass", "drum"], 0.2) == 0


@pytest.mark.parametrize(
    "labels, others, left",
    [
        (["flute", "cello"], 0.03, 0.0),
        (["electric_bass", "drum"], 0.2, REST_PER_NOTE * 0.2),
        (["congas", "drum"], 1.0, 0.01),  # as the network says: notes are always somebody else's
    ],
)
def test_the_rest_of_a_band_has_its_part_and_that_of_a_duet_nothing(labels, others, left):
    torch.manual_seed(0)
    known = torch.tensor([0.6, 0.39, 0.01])[:, None, None].expand(-1, 513, 40).contiguous()
    energies = torch.rand(513, 40)
    rest = in_company(known, energies, labels, others)[-1]
    assert float((rest * energies).sum() / energies.sum()) == pytest.approx(left, abs=0.02)
    assert left > 0 or rest.max() < 1e-4
