import numpy as np
import pytest

from milo_demo.instruments import INSTRUMENTS
from milo_demo.tags import GROUP_OF, GROUPS, TAGS
from milo_demo.ui.colours import GROUNDS
from milo_demo.ui.tags import heatmap
from milo_demo.ui.tags.people import told
from tests.ui import drawn
from tests.ui.sight import SIGHT, contrast


def tags_of(fig) -> list[str]:
    return [label for label in fig.layout.yaxis.ticktext if label in TAGS]


def test_what_counts_is_shown_first_group_by_group():
    fig = heatmap.figure(drawn.analysis())
    assert list(fig.layout.yaxis.ticktext) == [
        "<b>Genre</b>", "classical", "<b>Instrument</b>", "guitar", "<b>Vocal</b>", "no vocals",
        "<b>Tempo</b>", "beats per minute", "slow",
    ]  # fmt: skip
    assert fig.layout.height < 300, "nothing that has to be scrolled through"


def test_where_no_tag_counts_the_best_of_all_are_shown():
    analysis = drawn.analysis()
    analysis.tags = [tag for tag in analysis.tags if tag.score < 0.5]
    assert sorted(tags_of(heatmap.figure(analysis)))[:2] == ["oboe", "soft"]
    assert len(tags_of(heatmap.figure(analysis))) == heatmap.BEST


def test_an_unfolded_group_shows_all_of_it():
    fig = heatmap.figure(drawn.analysis(), ["Genre"])
    shown = tags_of(fig)
    assert {tag.name for tag in told(drawn.analysis()) if tag.group == "Genre"} == set(shown) & {
        tag for tag in TAGS if GROUP_OF[tag] == "Genre"
    }
    assert sum(GROUP_OF[tag] == "Vocal" for tag in shown) == 1
    assert fig.layout.height > heatmap.figure(drawn.analysis()).layout.height


def test_every_strip_lies_beside_its_name_and_score():
    fig = heatmap.figure(drawn.analysis(), GROUPS)
    names = dict(zip(fig.layout.yaxis.tickvals, fig.layout.yaxis.ticktext, strict=True))
    scores = dict(zip(fig.layout.yaxis2.tickvals, fig.layout.yaxis2.ticktext, strict=True))
    seen = set()
    for trace in (trace for trace in fig.data if trace.type == "heatmap"):
        for row, levels in enumerate(trace.z):
            tag = names[trace.y0 + row * trace.dy]
            expected = round(100 * drawn.SOUNDS_LIKE.get(tag, 0.05))
            assert set(levels) == {expected} and scores[trace.y0 + row * trace.dy] == f"{expected}\u202f%"
            seen.add(tag)
    assert seen == {tag.name for tag in told(drawn.analysis())}


def test_an_instrument_has_its_colour_and_the_voice_its_own():
    colours = {row.tag.name: row.colour for row in heatmap.rows(drawn.analysis(), GROUPS) if row.tag}
    assert colours["violin"] == "#D55E00" and colours["no vocals"] == "#56B4E9"
    assert colours["oboe"] == colours["rock"] == heatmap.ACCENT


@pytest.mark.parametrize("mood", GROUNDS)
@pytest.mark.parametrize("sight", SIGHT)
def test_the_threshold_is_a_step_in_lightness_that_every_eye_sees(sight, mood):
    for colour in [instrument.colour for instrument in INSTRUMENTS] + [heatmap.ACCENT]:
        (_, ground), (_, under), (_, at), (_, full) = heatmap.light(colour, mood)
        assert contrast(under, at, sight) >= 3, "WCAG 2 asks 3:1 of parts of graphics"
        assert contrast(ground, full, sight) >= 4.5


def test_every_strip_has_the_colours_of_a_light_page_and_of_a_dark_one():
    strips = [trace for trace in heatmap.figure(drawn.analysis()).data if trace.type == "heatmap"]
    assert strips and all(set(strip.meta) == set(GROUNDS) for strip in strips)


def test_the_tempo_is_drawn_where_there_is_one():
    analysis = drawn.analysis()
    curve = next(trace for trace in heatmap.figure(analysis).data if trace.customdata is not None)
    np.testing.assert_array_equal(np.isnan(curve.y), np.isnan(analysis.maps.tempo_bpm))
    assert np.nanmax(curve.customdata) == drawn.BPM


def test_without_tags_the_tempo_stands_alone_and_without_both_there_is_nothing():
    analysis = drawn.analysis()
    analysis.tags, analysis.maps.tags = [], analysis.maps.tags[:, :0]
    fig = heatmap.figure(analysis)
    assert list(fig.layout.yaxis.ticktext) == ["<b>Tempo</b>", "beats per minute"]
    analysis.maps.tempo_bpm[:] = np.nan
    assert heatmap.figure(analysis) is None


@pytest.mark.parametrize("unfolded, most_bytes", [((), 120_000), (GROUPS, 800_000)])
def test_twenty_minutes_travel_in_less_than_a_photo(unfolded, most_bytes):
    analysis = drawn.analysis()
    steps = 2344
    analysis.maps.tags = np.random.default_rng(0).random((steps, len(TAGS))).astype(np.float16)
    analysis.maps.tempo_bpm = np.full(steps, drawn.BPM, np.float32)
    assert len(heatmap.figure(analysis, unfolded).to_json()) < most_bytes
