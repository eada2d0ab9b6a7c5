from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from milo_demo import weights
from milo_demo.evaluation.separation import baselines, ours
from milo_demo.evaluation.separation.case import RESIDUAL, Case, Estimates
from milo_demo.evaluation.separation.measures import measure
from milo_demo.instruments import LABELS
from milo_demo.separation.quality import HIGHEST_DB, LOWEST_DB, si_sdr
from tests.evaluation.separation import band

TONE, CLICKS = band.tone("cello"), band.clicks()
BEAT = Case("beat", "made", TONE + CLICKS, band.RATE_HZ, {"drum": CLICKS}, TONE, ("drum",))


def gains(case: Case, tracks: dict) -> dict[str, float]:
    return {
        label: si_sdr(sound, tracks[label]) - si_sdr(sound, case.mixture) for label, sound in case.references.items()
    }


def test_a_mixture_counts_though_a_player_was_given_no_track(monkeypatch):
    duet = Case("duet", "made", TONE + CLICKS, band.RATE_HZ, {"drum": CLICKS, "cello": TONE}, asked=("drum", "cello"))
    monkeypatch.setattr(ours, "_heard", lambda case: None)
    monkeypatch.setattr(ours, "judged", lambda heard: np.zeros((1, len(LABELS))))
    monkeypatch.setattr(ours, "there", lambda asked, *_: ["drum"])
    monkeypatch.setattr(ours, "_taken_apart", lambda case, *_: Estimates({"drum": CLICKS, RESIDUAL: TONE}, []))
    monkeypatch.setattr(ours, "load", lambda: None)
    monkeypatch.setattr(weights, "load", lambda *_: SimpleNamespace(module=None))
    tracks = measure(duet, ours.given_names(duet), 1.0).tracks
    assert tracks["drum"]["SI-SDR"] == HIGHEST_DB and tracks["cello"]["SI-SDR"] == LOWEST_DB
    assert tracks["cello"]["there"] == 0


@pytest.mark.parametrize("method, least_db", [
    (baselines.hpss, 6), (baselines.ideal_binary, 10), (baselines.ideal_ratio, 10)
])  # fmt: skip
def test_clicks_are_taken_from_a_tone(method, least_db):
    tracks = method(BEAT).tracks
    assert min(gains(BEAT, tracks).values()) > least_db
    assert all(track.shape == BEAT.mixture.shape and track.dtype == np.float32 for track in tracks.values())


@pytest.mark.parametrize("method", [baselines.hpss, baselines.repet_sim, baselines.ideal_ratio])
def test_tracks_sum_to_the_mixture(method):
    song = Case("song", "made", BEAT.mixture, band.RATE_HZ, {"voice": TONE}, CLICKS, ("voice",))
    np.testing.assert_allclose(np.sum(list(method(song).tracks.values()), axis=0), song.mixture, atol=1e-4)


def test_the_voice_is_what_does_not_come_again():
    """A loop of a chord, over which a tone glides."""
    rate_hz = 8_000
    time_s = np.arange(8 * rate_hz) / rate_hz
    beat = np.exp(-8 * (2 * time_s % 1)) * (
        0.3 * np.sin(2 * np.pi * 220 * time_s) + 0.3 * np.sin(2 * np.pi * 555 * time_s)
    )
    voice = (0.3 * np.sin(2 * np.pi * (700 * time_s + 60 * time_s**2))).astype(np.float32)
    song = Case(
        "song",
        "made",
        (beat + voice).astype(np.float32),
        rate_hz,
        {"voice": voice},
        beat.astype(np.float32),
        ("voice",),
    )
    assert min(gains(song, baselines.repet_sim(song).tracks).values()) > 5


def test_nothing_is_said_of_mixtures_without_voice_or_drums():
    duet = Case("duet", "made", 2 * TONE, band.RATE_HZ, {"violin": TONE, "cello": TONE}, asked=("violin", "cello"))
    assert baselines.hpss(duet) is None and baselines.repet_sim(duet) is None


def test_the_mixture_is_everything_and_an_ideal_mask_gives_the_absent_nothing():
    case = Case("beat", "made", TONE + CLICKS, band.RATE_HZ, {"drum": CLICKS}, TONE, ("drum", "voice"))
    tracks = baselines.mixture(case).tracks
    assert set(tracks) == {"drum", "voice", RESIDUAL} and all(track is case.mixture for track in tracks.values())
    assert not baselines.ideal_binary(case).tracks["voice"].any()


def test_the_pitch_of_the_stems_is_a_ceiling_only_where_notes_are_known_otherwise():
    case = Case("line", "scored", TONE, band.RATE_HZ, {"cello": TONE}, asked=("cello",))
    found = baselines.stems_pitch(case)
    assert {(note.label, note.midi) for note in found.notes} == {("cello", 55)} and found.tracks == case.stems
    assert baselines.stems_pitch(replace(case, set="phrase-pairs")) is None
