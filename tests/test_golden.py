"""What MILO says of two clips, in words that can be read: whoever changes it has to agree to the difference.

To agree, run ``MILO_GOLDEN=write pytest tests/test_golden.py`` and commit what has changed in tests/golden.
"""

import os
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from milo_demo import Analysis, analyse
from tests.media.making import drawn_all_round

GOLDEN = Path(__file__).parent / "golden"
WORTH_SAYING = 0.05
UNITS = 2
"""Numbers may differ by so much in their last place: other processors round otherwise."""


def summary(analysis: Analysis) -> list[str]:
    """Everything that a user would notice, scores to two places."""
    media, maps = analysis.media, analysis.maps
    lines = [
        f"media {media.width} x {media.height} {media.projection} {media.duration_s:.2f} s {len(maps.time_s)} steps"
    ]
    lines += [f"model {model.role} {model.name} {model.version}" for model in analysis.models]
    lines += [f"warning {warning}" for warning in analysis.warnings]
    for row in analysis.clip:
        if row.score >= WORTH_SAYING:
            senses = " ".join(f"{sense} {_two(getattr(row, sense))}" for sense in ("heard", "seen"))
            where = f" from {row.azimuth_deg:.1f} {row.elevation_deg:.1f}" if row.azimuth_deg is not None else ""
            lines.append(f"clip {row.label} {row.score:.2f} {senses}{where}")
    lines += [f"tag {tag.label} {tag.score:.2f}" for tag in analysis.tags[:8]]
    lines.append("tempo -" if analysis.tempo_bpm is None else f"tempo {analysis.tempo_bpm:.1f}")
    lines += [f"event {e.kind} {e.label} {e.start_s:.2f} {e.end_s:.2f} {e.score:.2f}" for e in analysis.events]
    for (player, label), boxes in groupby(sorted(analysis.boxes, key=_by_player), key=_by_player):
        own = list(boxes)
        sides = np.mean([[box.score, box.x0, box.y0, box.x1, box.y1] for box in own], axis=0)
        said = f"box {player} {label} {own[0].time_s:.2f} {own[-1].time_s:.2f} in {len(own)} steps"
        lines.append(f"{said} {' '.join(f'{value:.2f}' for value in sides)}")
    peaks = maps.object.max(axis=(2, 3))
    for label, own in zip(maps.labels, peaks.T, strict=True):
        if own.max() >= WORTH_SAYING:
            covered = maps.object[:, maps.labels.index(label)].mean()
            wavering = np.abs(np.diff(own)).mean()
            lines.append(
                f"map {label} peak {own.max():.2f} mean {own.mean():.2f} over {covered:.3f} wavers {wavering:.3f}"
            )
    lines.append(f"source {maps.source.max():.2f} mean {maps.source.mean():.3f}")
    return lines


def _by_player(box) -> tuple[int, str]:
    return box.player, box.label


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _same(line: str, other: str) -> bool:
    """Are two lines the same, but for decimals that differ by UNITS in their last place?"""
    words, others = line.split(), other.split()
    return len(words) == len(others) and all(map(_alike, words, others))


def _alike(word: str, other: str) -> bool:
    if word.count(".") != 1 or word.strip("-.0123456789"):
        return word == other
    places = len(word.partition(".")[2])
    return abs(float(word) - float(other)) < (UNITS + 0.5) * 10**-places


def agree(name: str, analysis: Analysis) -> None:
    path, said = GOLDEN / f"{name}.txt", summary(analysis)
    if os.environ.get("MILO_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(said) + "\n", encoding="utf-8")
    expected = path.read_text(encoding="utf-8").splitlines()
    if len(said) != len(expected) or not all(map(_same, said, expected)):
        assert said == expected  # for pytest to show the difference


def test_of_the_drawn_duet_is_said_what_was_said(analysed):
    agree("drawn_duet", analysed[0])


def test_of_the_duet_all_round_is_said_what_was_said(example, tmp_path):
    agree("all_round", analyse(drawn_all_round(example, tmp_path / "round.mp4", start_s=6, duration_s=3)))


@pytest.mark.parametrize("line, same", [
    ("clip guitar 0.92 3", True),
    ("clip guitar 0.97 3", False),
    ("clip guitar 0.94 4", False),
    ("clip banjo 0.94 3", False),
    ("clip guitar 0.94 3 seen", False),
])  # fmt: skip
def test_a_difference_is_noticed(line, same):
    assert _same(line, "clip guitar 0.94 3") == same
