"""What larger models answer goes through the same contract as ours; small ones with random numbers stand for them."""

import json
from pathlib import Path

import numpy as np
import pytest

from milo_demo import AnalysisOptions, analyse, large
from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.instruments import LABELS
from milo_demo.large.models import MODELS
from tests.large import tiny


def fetched(hub, monkeypatch, name: str, files: dict[str, bytes]) -> large.Opened:
    tiny.served(hub, monkeypatch, name, files)
    list(large.fetch(name))
    return large.load(name)


@pytest.fixture
def ast(hub, monkeypatch, small):
    from milo_demo.large import ast

    monkeypatch.setattr(ast, "_scores", lambda sound, ear: np.full(len(LABELS), np.abs(sound).max(), np.float32))
    return fetched(hub, monkeypatch, "ast", small("ast")).model


def told(ear, chunks, count: int) -> np.ndarray:
    from milo_demo.large import ast

    work = ast.hear(chunks, ear, count)
    while True:
        try:
            assert 0 < next(work) <= 1
        except StopIteration as end:
            return end.value


def test_words_of_audioset_become_labels(ast):
    assert ast.words == {"violin": [1], "drum": [2, 3], "voice": [5]}


@pytest.mark.parametrize("count", [1, 19, 20, 21, 30, 57])
def test_every_step_is_heard_however_the_sound_is_cut(ast, count):
    rng = np.random.default_rng(count)
    sound = rng.uniform(-1, 1, count * STEP - STEP // 3).astype(np.float32)
    whole = told(ast, [sound], count)
    pieces = told(ast, np.array_split(sound, 7), count)
    assert np.array_equal(np.isnan(whole).all(axis=0), [label not in ast.words for label in LABELS])
    known = ~np.isnan(whole)
    assert np.allclose(whole[known], pieces[known]) and (whole[known] > 0.9).all()


def test_a_moment_is_heard_where_it_is(ast):
    sound = np.zeros(60 * STEP, np.float32)
    sound[30 * STEP : 31 * STEP] = 1
    violin = told(ast, [sound], 60)[:, LABELS.index("violin")]
    assert violin[30] > 0.9 and violin[:10].max() == violin[50:].max() == 0


def test_the_ear_says_what_it_has_words_for_and_ours_the_rest(hub, monkeypatch, small, example, tmp_path):
    fetched(hub, monkeypatch, "ast", small("ast"))
    part = {"start_s": 2.0, "duration_s": 3.0, "separator": "none"}
    ours = analyse(example, AnalysisOptions(**part))
    both = analyse(example, AnalysisOptions(**part, ear="ast"), out=tmp_path / "result")
    known = [LABELS.index(label) for label in ("violin", "drum", "voice")]
    rest = [place for place in range(len(LABELS)) if place not in known]
    assert np.array_equal(both.maps.sound[:, rest], ours.maps.sound[:, rest])
    assert not np.array_equal(both.maps.sound[:, known], ours.maps.sound[:, known])
    used = next(model for model in both.models if model.role == "ear")
    assert (used.name, used.origin, used.sha256) == ("AST", "fetched", MODELS["ast"].sha256)
    assert Analysis.load(tmp_path / "result").options.ear == "ast"


def test_silence_is_silence_to_the_larger_ear_too(hub, monkeypatch, small, tmp_path):
    import soundfile

    fetched(hub, monkeypatch, "ast", small("ast"))
    soundfile.write(tmp_path / "silence.wav", np.zeros(2 * RATE_HZ), RATE_HZ)
    heard = analyse(tmp_path / "silence.wav", AnalysisOptions(separator="none", ear="ast")).maps.sound
    assert not heard.any()


def test_words_of_ones_own_are_looked_for(hub, monkeypatch, small, example, tmp_path):
    fetched(hub, monkeypatch, "owlv2", small("owlv2"))
    asked = AnalysisOptions(2.0, 3.0, separator="none", look_for="theremin, glass harp")
    analysis = analyse(example, asked, out=tmp_path / "result")
    assert {box.word for box in analysis.words} <= {"theremin", "glass harp"} and analysis.words
    assert {box.time_s for box in analysis.words} == {0.0, 2.048}
    assert max(box.until_s for box in analysis.words) == 3.0
    assert all(0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1 for box in analysis.words)
    assert not {row.label for row in analysis.clip} & {"theremin", "glass harp"}, "a word is no label"
    [said] = [it for it in analysis.warnings if it.startswith("Looked for in the picture, in your words: “theremin”")]
    assert "glass harp" in said
    record = json.loads((tmp_path / "result" / "analysis.json").read_text())
    assert record["words"][0].keys() == {"word", "time_s", "until_s", "score", "x0", "y0", "x1", "y1"}
    words = [event for event in analysis.events if event.kind == "word"]
    assert words and {event.group for event in words} == {"Word"}


def test_boxes_lie_where_they_are_in_a_wide_picture(hub, monkeypatch, small):
    from milo_demo.large import owlv2

    eye = fetched(hub, monkeypatch, "owlv2", small("owlv2")).model
    found = owlv2.look(np.full((90, 160, 3), 99, np.uint8), ["theremin", "lyre"], eye)
    scores = [sight.score for sight in found]
    assert scores == sorted(scores, reverse=True) and min(scores) >= owlv2.LEAST
    middles = {round((sight.sides[0] + sight.sides[2]) / 2, 2) for sight in found if sight.sides[2] < 1}
    assert middles <= {0.25, 0.5, 0.75}, "a quarter apart, as the small network puts them"


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_rows_of_a_separated_sound_sum_to_it(hub, monkeypatch, small, channels):
    from milo_demo.large import htdemucs

    network = fetched(hub, monkeypatch, "htdemucs", small("htdemucs")).model
    sound = np.random.default_rng(0).normal(0, 0.1, (channels, 100_000)).astype(np.float32)
    rows = htdemucs.separate(sound, network)
    assert rows.shape == (4, channels, 100_000)
    assert np.allclose(rows.sum(axis=0), sound, atol=1e-5)
    assert np.array_equal(rows, htdemucs.separate(sound, network)), "nothing is drawn by lot"


def test_a_clip_is_separated_into_drums_bass_voice_and_the_rest(hub, monkeypatch, small, example, tmp_path):
    fetched(hub, monkeypatch, "htdemucs", small("htdemucs"))
    analysis = analyse(example, AnalysisOptions(2.0, 2.0, separator="htdemucs"), out=tmp_path / "result")
    assert [track.label for track in analysis.tracks] == ["drum", "electric_bass", "voice", "residual"]
    assert {track.method for track in analysis.tracks} == {"htdemucs"}
    assert all((tmp_path / "result" / track.path).is_file() for track in analysis.tracks)
    assert all(track.quality_db is None for track in analysis.tracks) and not analysis.notes
    assert "HTDemucs" in {model.name for model in analysis.models}


def spoilt(files: dict[str, bytes], tmp_path: Path, **told: str) -> dict[str, bytes]:
    """HTDemucs with another description."""
    from safetensors import safe_open
    from safetensors.torch import load, save

    numbers = MODELS["htdemucs"].numbers
    (tmp_path / "own").write_bytes(files[numbers])
    with safe_open(tmp_path / "own", framework="pt") as file:
        described = file.metadata()
    return {numbers: save(load(files[numbers]), described | told)}


@pytest.mark.parametrize("told", [
    {"klass": "os.system"},
    {"structure": '{"_class": "os.system"}'},
    {"kwargs": '{"sources": {"_type": "module", "name": "os"}}'},
    {"kwargs": '{"sources": ["drums", "bass", "other", "vocals"], "channels": 16}'},
])  # fmt: skip
def test_a_separator_that_is_described_as_something_else_is_not_built(hub, monkeypatch, small, tmp_path, told):
    tiny.served(hub, monkeypatch, "htdemucs", spoilt(small("htdemucs"), tmp_path, **told))
    list(large.fetch("htdemucs"))
    with pytest.raises(MiloError, match="The files of HTDemucs are not those that MILO knows"):
        large.load("htdemucs")


def test_numbers_that_are_not_all_there_or_were_changed_are_not_loaded(hub, monkeypatch, small):
    from safetensors.torch import load, save

    files = small("ast")
    state = load(files["model.safetensors"])
    state.pop("classifier.dense.weight")
    tiny.served(hub, monkeypatch, "ast", files | {"model.safetensors": save(state, {"format": "pt"})})
    list(large.fetch("ast"))
    with pytest.raises(MiloError, match="The files of AST are not those"):
        large.load("ast")
    model = tiny.served(hub, monkeypatch, "ast", files)
    list(large.fetch("ast"))
    whole = large.fetching.folder_of(model) / model.numbers
    whole.write_bytes(whole.read_bytes()[:-4] + b"????")
    with pytest.raises(MiloError, match="weights fetch ast --remove"):
        large.load("ast")


@pytest.mark.parametrize("given, said", [
    ({"ear": "yamnet"}, "The ear must be milo or ast, not 'yamnet'"),
    ({"look_for": "x" * 41}, "words of at most 40 characters"),
    ({"look_for": "the\x07remin"}, "words of at most 40 characters"),
    ({"look_for": "harp, =HYPERLINK(A1)"}, "begin with a letter"),
    ({"look_for": ",".join("abcdefghi")}, "At most 8 words can be looked for at once, not 9"),
    ({"separator": "spleeter"}, "The separator must be notes, semantic, nmf, htdemucs or none"),
])  # fmt: skip
def test_options_that_make_no_sense_are_one_sentence(given, said):
    with pytest.raises(MiloError, match=said):
        AnalysisOptions(**given)


def test_the_pace_follows_the_machine(monkeypatch):
    from milo_demo.large import speed

    monkeypatch.setattr(speed, "gflops", lambda: 2 * large.models.REFERENCE_GFLOPS)
    assert large.expected_pace("owlv2") == MODELS["owlv2"].pace / 2
