from milo_demo.analysis import ModelUsed, TempoCandidate
from milo_demo.ui.tags import sentence
from tests.ui import drawn


def test_the_music_is_described_by_its_tags_and_tempo():
    html = sentence.as_html(drawn.analysis())
    assert "Sounds like <strong>guitar, slow, classical, no vocals</strong>; about <strong>96 beats" in html
    assert "Tag model: milo-tags 1, distilled" in html


def test_two_tempi_are_said_where_both_may_be_meant():
    analysis = drawn.analysis()
    analysis.tempo_candidates = [TempoCandidate(drawn.BPM, 0.6), TempoCandidate(2 * drawn.BPM, 0.4)]
    assert "about <strong>96 or 192 beats per minute</strong>" in sentence.as_html(analysis)


def test_an_imported_tag_model_is_named():
    analysis = drawn.analysis()
    analysis.models = [ModelUsed("tags", "clip2frame", "20160309", "00", "imported")]
    assert "clip2frame 20160309, imported original" in sentence.as_html(analysis)


def test_what_is_not_known_of_the_music_is_not_said():
    analysis = drawn.analysis()
    analysis.tags, analysis.models, analysis.tempo_bpm = [], [], None
    assert sentence.as_html(analysis) == "<h2>Tags and tempo</h2><p class='milo-said'>No steady beat.</p>"
    assert sentence.as_html(drawn.analysis(has_audio=False)) == ""
