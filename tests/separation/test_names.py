from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from milo_demo.instruments import LABELS
from milo_demo.models.notes import PITCHES
from milo_demo.models.owner import NOBODY, OWNERS
from milo_demo.separation import names
from milo_demo.separation.names import players, renamed, there
from milo_demo.separation.notes.salience import Salience

FRAMES = 40


class Known(nn.Module):
    """An owner network that knows of two notes: one is the flute's, or else anybody's; the other is the cello's,
    and sounds for a part of the time."""

    def __init__(self, cello_share: float = 1.0) -> None:
        super().__init__()
        self.shares = {"flute": 1.0, "cello": cello_share}
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, spectrum: torch.Tensor, notes: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        logits = torch.full((1, OWNERS, PITCHES, spectrum.shape[2]), -9.0)
        logits[:, NOBODY] = 9
        for pitch, best in ((50, "flute"), (20, "cello")):
            until = round(self.shares[best] * spectrum.shape[2])
            logits[0, NOBODY, pitch, :until] = -9
            wanted = [best] if asked[0, LABELS.index(best)] else [LABELS[int(k)] for k in asked[0].nonzero()[:, 0]]
            for label in wanted:
                logits[0, LABELS.index(label), pitch, :until] = 5
        return logits.masked_fill(nn.functional.pad(asked, (0, 2), value=1.0)[:, :, None, None] < 0.5, -30)


def heard() -> list[Salience]:
    rows = np.zeros((PITCHES, 4 * FRAMES), np.float32)
    return [Salience(rows, rows, np.zeros((264, 4 * FRAMES), np.float32), np.zeros((309, 4 * FRAMES), np.float32))]


def test_as_many_play_as_explain_notes_of_their_own():
    suspected = {"flute": 0.8, "clarinet": 0.6, "cello": 0.5, "tuba": 0.2}
    assert set(players(suspected, heard(), Known())) == {"flute", "cello"}


def test_who_takes_turns_with_others_is_known_by_being_heard_alone():
    """All of the tuba's notes could be another's."""
    assert "tuba" in players({"flute": 0.8, "cello": 0.5, "tuba": 0.3}, heard(), Known(), lonely=["tuba"])
    steps = np.full((20, len(LABELS)), 0.1)
    steps[:12, LABELS.index("flute")], steps[12:18, LABELS.index("tuba")] = 0.9, 0.75
    assert names.alone(steps) == ["flute", "tuba"]
    steps[15, LABELS.index("cello")] = 0.4
    assert names.alone(steps) == ["flute"], "for five steps only"


def test_beside_somebody_who_explains_most_another_needs_more_notes_to_be_there():
    """Of all that sounds, a half is the cello's, or a fifth."""
    for share, who in ((1.0, {"flute", "cello"}), (0.25, {"flute"})):
        assert set(players({"flute": 1.0, "cello": 0.5}, heard(), Known(cello_share=share))) == who


def test_who_plays_chords_explains_all_notes_and_who_is_there_besides_is_known_by_ear():
    assert players({"guitar": 0.9, "cello": 0.6, "flute": 0.3}, heard(), Known()) == ["guitar"]
    assert players({"guitar": 0.9, "banjo": 0.7, "cello": 0.7}, heard(), Known()) == ["guitar", "cello"]
    assert players({"banjo": 0.9, "guitar": 0.7}, heard(), Known(), surely=["guitar"]) == ["guitar"], "it is seen"


def test_drums_of_another_kind_and_notes_beside_drums_must_be_heard():
    assert players({"drum": 0.9, "congas": 0.6, "flute": 0.2}, heard(), Known()) == ["drum"]
    assert players({"drum": 0.9, "congas": 0.7, "flute": 0.4}, heard(), Known()) == ["flute", "drum", "congas"]


def test_a_drum_is_known_by_ear_alone():
    assert players({"drum": 0.9, "flute": 0.8}, heard(), Known()) == ["flute", "drum"]
    assert players({"drum": 0.9}, heard(), Known()) == ["drum"]
    assert players({}, [], Known()) == []


def alone(*rows: dict[str, float]) -> np.ndarray:
    """(track, label)"""
    return np.array([[row.get(label, 0.0) for label in LABELS] for row in rows])


def test_alone_each_is_called_what_it_sounds_like_and_no_two_the_same():
    tracks = alone({"violin": 0.9}, {"clarinet": 0.7, "flute": 0.2})
    assert renamed(["violin", "flute"], tracks, {}) == ["violin", "clarinet"]
    both = alone({"violin": 0.9, "cello": 0.5}, {"violin": 0.8})
    assert renamed(["flute", "tuba"], both, {}) == ["cello", "violin"]


def test_who_is_known_otherwise_keeps_the_name_and_drums_are_drums():
    heard = alone({"ukulele": 0.9, "guitar": 0.2}, {"violin": 0.9}, {"guitar": 0.9})
    assert renamed(["guitar", "drum", "banjo"], heard, {}, fixed=["guitar"])[:2] == ["guitar", "drum"]
    assert renamed(["guitar", "drum", "banjo"], heard, {})[0] == "ukulele"


def test_what_is_heard_in_the_whole_clip_decides_between_names_that_are_as_likely():
    tracks = alone({"harp": 0.4, "french_horn": 0.5}, {"guitar": 0.9})
    assert renamed(["harp", "guitar"], tracks, {})[0] == "french_horn"
    assert renamed(["harp", "guitar"], tracks, {"harp": 0.8, "guitar": 0.7, "french_horn": 0.2})[0] == "harp"


@pytest.fixture
def track_alone(monkeypatch) -> dict[str, float]:
    """What each one's own track sounds like itself, to be filled by a test."""
    scores: dict[str, float] = {}

    class Namer:
        def __init__(self, classifier, tracks):
            self.scores = np.zeros((tracks, len(LABELS)))

        def listen(self, tracks):
            for row, label in zip(self.scores, tracks, strict=True):
                row[LABELS.index(label)] = scores[label]

    def take_apart(mixture, mono, labels, networks):
        return SimpleNamespace(tracks=np.array([*labels, "residual"])[:, None])

    monkeypatch.setattr(names, "Namer", Namer)
    monkeypatch.setattr(names, "take_apart", take_apart)
    return scores


def test_whom_neither_the_ear_hears_nor_a_track_sounds_like_is_not_there(track_alone):
    track_alone |= {"violin": 0.9, "erhu": 0.05, "flute": 0.6}
    heard = {"violin": 0.9, "erhu": 0.01, "flute": 0.01}
    assert there(["violin", "erhu", "flute"], heard, [np.zeros(9)], None, None) == ["violin", "flute"]


def test_whom_the_ear_hears_is_there_without_another_look():
    def samples():
        raise AssertionError("nothing is decoded for this")
        yield

    assert there(["violin", "cello"], {"violin": 0.9, "cello": 0.1}, samples(), None, None) == ["violin", "cello"]


def test_of_a_clip_without_sound_nobody_who_is_asked_for_is_there():
    assert there(["violin"], {}, [], None, None) == []
