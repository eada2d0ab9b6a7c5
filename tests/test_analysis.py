import json

import numpy as np
import pytest

from milo_demo.analysis import Analysis, Box, ClipScore, Event, Media, ModelUsed, Note, TagScore, TempoCandidate, Track
from milo_demo.errors import MiloError
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS
from milo_demo.maps import Maps, one_peak
from milo_demo.options import AnalysisOptions


@pytest.fixture
def analysis() -> Analysis:
    maps = Maps.empty(4)
    maps.sound = np.linspace(0, 1, 4 * len(LABELS), dtype=np.float16).reshape(4, len(LABELS))
    maps.tempo_bpm = np.array([np.nan, 96, 96, 97], np.float32)
    maps.object = np.linspace(0, 1, 4 * len(LABELS) * 2 * 3, dtype=np.float16).reshape(4, len(LABELS), 2, 3)
    maps.object = one_peak(maps.object).astype(np.float32)
    return Analysis(
        media=Media('Übung, "live".mov', 2.0, 640, 360, 25.0, True, True),
        maps=maps,
        options=AnalysisOptions(start_s=3.5, threshold=0.4, annotated=True),
        models=[ModelUsed("sound", "sound-fcn", "1", "00", "bundled")],
        clip=[ClipScore("violin", 1 / 3, 1 / 3, None, None)],
        events=[Event("heard", "violin", "Instrument", 0.512, 1.024, 2 / 3)],
        boxes=[
            Box(0.512, "violin", 0.5, 1, 0.1, 0.2, 0.3, 0.4),
            Box(0.512, "guitar", 0.5, 2, 0.9, 0.2, 1.2, 0.4, -162.0, 36.0),
        ],
        tags=[TagScore("slow", "Tempo", 0.75)],
        tempo_bpm=96.0,
        tempo_candidates=[TempoCandidate(96.0, 0.625), TempoCandidate(192.0, 0.375)],
        tracks=[
            Track("track-violin.flac", "violin", "notes", 12.5, 0.75, [{"label": "violin", "score": 0.9}]),
            Track("track-residual.flac", "residual", "notes", None, 0.25, [], "There may be a violin in it."),
        ],
        notes=[Note("violin", 0.5, 1.0, 69, -12.5, 0.875)],
        timings_s={"hear": 0.1},
    )


def test_saved_and_loaded_is_the_same(analysis, tmp_path):
    analysis.save(tmp_path)
    again = Analysis.load(tmp_path)
    assert again.to_json() == analysis.to_json()
    assert again.boxes == analysis.boxes
    assert again.maps.labels == LABELS
    assert again.tempo_bpm == 96 and again.tags == analysis.tags
    assert again.tempo_candidates == analysis.tempo_candidates
    assert again.tracks == analysis.tracks and again.notes == analysis.notes
    np.testing.assert_array_equal(again.maps.sound, analysis.maps.sound)
    np.testing.assert_array_equal(again.maps.tempo_bpm, analysis.maps.tempo_bpm)
    np.testing.assert_array_equal(again.maps.object, analysis.maps.object)
    assert again.options == analysis.options and again.maps.object.dtype == np.float32
    with np.load(tmp_path / "maps.npz") as arrays:
        assert arrays["object"].dtype == np.float16, "in the file half precision is enough"


def test_the_record_has_every_key_even_when_empty(tmp_path):
    record = json.loads(Analysis(Media("a", 1.0, 0, 0, 0.0, False, True), Maps.empty(2)).to_json())
    assert record["schema"] == "milo.analysis/3"
    parts = ("models", "clip", "tags", "tempo_candidates", "events", "boxes", "tracks", "notes", "warnings")
    assert all(record[key] == [] for key in parts)


def test_a_second_tempo_is_named_where_it_is_nearly_as_strong(analysis):
    assert analysis.tempi_bpm() == [96, 192]
    analysis.tempo_candidates = [TempoCandidate(96.0, 0.9), TempoCandidate(48.0, 0.1)]
    assert analysis.tempi_bpm() == [96]
    analysis.tempo_bpm, analysis.tempo_candidates = None, []
    assert analysis.tempi_bpm() == []


def test_a_result_of_an_earlier_version_is_one_sentence(analysis, tmp_path):
    analysis.save(tmp_path)
    text = (tmp_path / "analysis.json").read_text(encoding="utf-8").replace("milo.analysis/3", "milo.analysis/2")
    (tmp_path / "analysis.json").write_text(text, encoding="utf-8")
    with pytest.raises(MiloError, match="another version of MILO: analyse the clip again"):
        Analysis.load(tmp_path)


@pytest.mark.parametrize("change", [
    lambda record: record.pop("schema"),
    lambda record: record.pop("media"),
    lambda record: record["boxes"][0].pop("player"),
    lambda record: record["tracks"][0].update(snr_db=7),
    lambda record: record["notes"][0].pop("cents"),
    lambda record: record["options"].update(loudness=11),
    lambda record: record.update(clip=7),
])  # fmt: skip
def test_a_record_that_somebody_has_changed_is_one_sentence(analysis, tmp_path, change):
    analysis.save(tmp_path)
    record = json.loads((tmp_path / "analysis.json").read_text(encoding="utf-8"))
    change(record)
    (tmp_path / "analysis.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(MiloError, match="no readable analysis"):
        Analysis.load(tmp_path)


def flipped(content: bytes, at: int, bits: int = 0xFF) -> bytes:
    """With other bits in one byte."""
    return content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]


@pytest.mark.parametrize("damage", [
    lambda content: content[:300],
    lambda content: b"",
    lambda content: flipped(content, content.index(b"object.npy") + 60),
    lambda content: flipped(content, content.index(b"PK\1\2") + 10),
    lambda content: flipped(content, content.index(b"PK\1\2") + 8, 1),
    lambda content: content.replace(b"PK\3\4", b"PK\3\5"),
], ids=["cut", "empty", "numbers", "compression", "encrypted", "header"])  # fmt: skip
def test_damaged_maps_are_one_sentence(analysis, tmp_path, damage):
    analysis.save(tmp_path)
    (tmp_path / "maps.npz").write_bytes(damage((tmp_path / "maps.npz").read_bytes()))
    with pytest.raises(MiloError, match="no readable analysis"):
        Analysis.load(tmp_path)


def test_one_array_in_the_place_of_the_maps_is_one_sentence(analysis, tmp_path):
    analysis.save(tmp_path)
    with open(tmp_path / "maps.npz", "wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(MiloError, match="no readable analysis"):
        Analysis.load(tmp_path)


def test_the_same_analysis_gives_the_same_bytes(analysis, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    analysis.save(tmp_path / "a")
    analysis.save(tmp_path / "b")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_the_grid_is_the_sound_models():
    np.testing.assert_allclose(Maps.empty(3).time_s, [0, 0.512, 1.024])
    assert STEPS_PER_S == 1.953125


def test_a_folder_without_analysis_is_one_sentence(tmp_path):
    with pytest.raises(MiloError, match="no readable analysis"):
        Analysis.load(tmp_path)


def test_what_is_seen_is_the_map_or_the_box_whichever_is_surer(analysis):
    analysis.maps.object = np.zeros((4, len(LABELS), 2, 3), np.float32)
    guitar, violin = LABELS.index("guitar"), LABELS.index("violin")
    analysis.maps.object[1, guitar, 1, 1], analysis.maps.object[3, violin, 0, 0] = 0.8, 1.0
    scores = analysis.seen()
    assert scores.shape == (4, len(LABELS))
    assert scores[1, guitar] == pytest.approx(0.8) and scores[1, violin] == pytest.approx(0.5)
    assert scores[3, violin] == 1 and scores.sum() == pytest.approx(2.3)


def test_without_a_picture_nothing_is_seen(analysis):
    analysis.maps, analysis.boxes = Maps.empty(4), []
    assert analysis.seen().shape == (4, len(LABELS)) and not analysis.seen().any()


def test_a_map_has_one_highest_place_where_half_precision_has_room_for_none():
    maps = np.full((2, 3, 4, 5), 0.9, np.float32)
    maps[..., 2, 3] += 1e-6
    kept = one_peak(maps)
    assert kept.dtype == np.float16
    highest = kept == kept.max(axis=(2, 3), keepdims=True)
    assert (highest.sum(axis=(2, 3)) == 1).all() and highest[..., 2, 3].all()
    np.testing.assert_allclose(kept, maps, atol=1e-3)


def test_what_is_kept_once_stays_as_it_is():
    once = one_peak(np.random.default_rng(0).random((3, 6, 7), np.float32))
    np.testing.assert_array_equal(one_peak(once.astype(np.float32)), once)


def test_a_dark_map_stays_dark():
    assert not one_peak(np.zeros((1, 4, 4), np.float32)).any()
    assert one_peak(np.zeros((2, 3, 0, 0), np.float32)).shape == (2, 3, 0, 0)


def test_the_peak_is_the_same_in_the_file(tmp_path):
    maps = Maps.empty(2)
    maps.object = np.full((2, len(LABELS), 3, 4), 0.5, np.float32)
    maps.object[:, :, 1, 2] = 0.5001
    maps.save(tmp_path / "maps.npz")
    again = Maps.load(tmp_path / "maps.npz").object
    assert again.dtype == np.float32
    assert (again.reshape(2, len(LABELS), -1).argmax(axis=2) == 6).all()
    assert ((again == again.max(axis=(2, 3), keepdims=True)).sum(axis=(2, 3)) == 1).all()
