import numpy as np
import pytest

from milo_demo.analysis import Analysis, Note
from milo_demo.instruments import BY_NAME
from milo_demo.ui.tracks.piano_roll import THICK, figure
from tests.ui import drawn


def played(*notes: Note) -> Analysis:
    analysis = drawn.analysis()
    analysis.notes = list(notes)
    return analysis


def rectangles(trace) -> list[tuple[float, float, float, float]]:
    """The notes of a trace: where each begins and ends, and its lower and upper edge."""
    x, y = (np.array(axis, float).reshape(-1, 6) for axis in (trace.x, trace.y))
    assert np.isnan(x[:, 5]).all() and np.isnan(y[:, 5]).all(), "there is a gap after each"
    assert (x[:, 0] == x[:, 4]).all() and (y[:, 0] == y[:, 4]).all(), "each is closed"
    return [(*ends[[0, 2]].tolist(), *edges[[0, 1]].tolist()) for ends, edges in zip(x, y, strict=True)]


def test_every_note_is_a_rectangle_in_its_instruments_colour(tmp_path):
    analysis = drawn.analysis()
    drawn.add_tracks(analysis, tmp_path)
    guitar, piano = figure(analysis).data
    assert (guitar.fillcolor, piano.fillcolor) == (BY_NAME["guitar"].colour, BY_NAME["piano"].colour)
    expected = [(k / 4, k / 4 + 0.2, 60 + k - THICK, 60 + k + THICK) for k in range(8)]
    np.testing.assert_allclose(rectangles(guitar), expected, atol=1e-5)
    assert len(rectangles(piano)) == 6


def test_a_note_says_what_it_is():
    (flute,) = figure(played(Note("flute", 1.0, 2.0, 70, -12.4, 0.875))).data
    assert set(flute.text) == {"B♭4 −12 cents<br>87 %"} and "flute" in flute.hovertemplate


def test_whose_colour_is_whose_stands_below():
    fig = figure(played(Note("french_horn", 0, 1, 60, 0, 1), Note("flute", 0, 1, 72, 0, 1)))
    below = fig.layout.xaxis.title.text
    assert "French horn" in below and BY_NAME["flute"].colour in below


@pytest.mark.parametrize("low, high", [(60, 60), (21, 108), (60, 71)])
def test_every_note_is_in_sight_and_every_c_is_named(low, high):
    layout = figure(played(Note("piano", 0, 1, low, 0, 1), Note("piano", 0, 1, high, 0, 1))).layout
    bottom, top = layout.yaxis.range
    assert bottom < low - THICK and high + THICK < top and top - bottom >= 12
    assert [text for text in layout.yaxis.ticktext if not text.startswith("C")] == []
    assert len(layout.yaxis.tickvals) >= 1 and 150 < layout.height < 500


def test_it_is_on_the_clips_clock():
    axis = figure(played(Note("piano", 0, 1, 60, 0, 1))).layout.xaxis
    assert (axis.range, axis.minallowed, axis.maxallowed) == ((0, drawn.DURATION_S), 0, drawn.DURATION_S)


def test_without_notes_there_is_none():
    assert figure(drawn.analysis()) is None


def test_three_thousand_notes_are_a_few_shapes_and_a_small_message():
    rng = np.random.default_rng(0)
    starts = rng.uniform(0, 1200, 3000)
    notes = [
        Note(("violin", "cello", "flute")[k % 3], start, start + 0.3, int(rng.integers(40, 90)), rng.normal(0, 9), 0.8)
        for k, start in enumerate(starts)
    ]
    fig = figure(played(*notes))
    assert len(fig.data) == 3 and len(fig.to_json()) < 1_000_000
