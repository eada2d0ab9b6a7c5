import numpy as np
import pytest

from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.sound_field import (
    SoundField,
    behaves_like_ambix,
    degrees,
    is_ambix,
    plane_wave,
    unit_vector,
    unmixing,
)

SECONDS = 3


def notes(hertz: float, seed: int = 0) -> np.ndarray:
    """Plucked notes with six partials, one every quarter of a second or so."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    sound = np.zeros_like(time_s)
    for start_s in np.arange(0, SECONDS - 0.25, 0.25) + rng.uniform(0, 0.1):
        since = np.maximum(time_s - start_s, 0)
        pitch = hertz * 2 ** (rng.integers(0, 12) / 12)
        partials = sum(np.sin(2 * np.pi * k * pitch * since) / k for k in range(1, 7))
        sound += 0.05 * partials * np.exp(-8 * since)
    return sound.astype(np.float32)


def placed(*players: tuple[np.ndarray, tuple[float, float]]) -> np.ndarray:
    """(channel, sample) of sounds and where each comes from, degrees."""
    return sum(plane_wave(unit_vector(*angles))[:, None] * sound for sound, angles in players).astype(np.float32)


def from_everywhere(seconds: float = SECONDS) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 0.1, (4, int(seconds * RATE_HZ)))
    return (noise * np.array([1, 3**-0.5, 3**-0.5, 3**-0.5])[:, None]).astype(np.float32)


def sources(*chunks: np.ndarray) -> np.ndarray:
    field = SoundField()
    for _ in field.tap(chunks):
        pass
    return field.places().directions


def near(direction: np.ndarray, angles: tuple[float, float], within_deg: float) -> bool:
    return bool(direction @ unit_vector(*angles) > np.cos(np.radians(within_deg)))


@pytest.mark.parametrize("azimuth_deg, elevation_deg", [(0, 0), (90, 0), (-135, 30), (179, -45), (20, 85)])
def test_angles_and_vectors_are_the_same(azimuth_deg, elevation_deg):
    assert degrees(unit_vector(azimuth_deg, elevation_deg)) == pytest.approx((azimuth_deg, elevation_deg))


def test_channels_are_ambix_with_y_to_the_left():
    assert plane_wave(unit_vector(-90, 0)) == pytest.approx([1, 1, 0, 0], abs=1e-9)
    assert plane_wave(unit_vector(0, 90)) == pytest.approx([1, 0, 1, 0], abs=1e-9)
    assert plane_wave(unit_vector(0, 0)) == pytest.approx([1, 0, 0, 1], abs=1e-9)


@pytest.mark.parametrize("angles", [(0, 0), (60, 10), (180, 0), (-110, -40), (35, 88)])
def test_one_player_is_found(angles):
    (source,) = sources(placed((notes(220), angles)))
    assert near(source, angles, 4)


def test_three_players_at_once_are_found():
    players = [(notes(196, 1), (-70, 0)), (notes(440, 2), (40, 20)), (notes(90, 3), (170, -10))]
    found = sources(placed(*players))
    assert len(found) == 3
    for _, angles in players:
        assert any(near(source, angles, 8) for source in found)


def test_an_echo_is_not_the_player():
    sound = notes(220)
    later = np.pad(sound, (800, 0))[: len(sound)]
    first = sources(placed((sound, (-60, 0)), (0.9 * later, (80, 0))))[0]
    assert near(first, (-60, 0), 10)


def test_places_are_told_by_how_much_comes_from_there():
    field = SoundField()
    list(field.tap([placed((0.3 * notes(440, 2), (40, 20)), (notes(196, 1), (-70, 0)))]))
    directions, shares = field.places()
    assert near(directions[0], (-70, 0), 8) and near(directions[1], (40, 20), 8)
    assert shares[0] == 1 > shares[1] > 0.1


def test_how_it_was_cut_into_chunks_makes_no_difference():
    sound = placed((notes(196), (-70, 0)), (notes(440, 2), (40, 20)))
    pieces = np.split(sound, [100, 1000, 1001, 30_000], axis=1)
    np.testing.assert_allclose(sources(sound), sources(*pieces), atol=1e-6)


def test_the_ear_gets_the_microphone_for_all_directions():
    sound = placed((notes(220), (-60, 0)))
    higher_order = np.concatenate([sound, np.ones((5, sound.shape[1]), np.float32)])
    heard = list(SoundField().tap([higher_order[:, :5000], higher_order[:, 5000:]]))
    np.testing.assert_array_equal(np.concatenate(heard, axis=1), sound[:1])


@pytest.mark.parametrize(
    "sound",
    [from_everywhere(), np.zeros((4, 9000), np.float32), np.zeros((4, 100), np.float32)],
    ids=["noise from all sides", "silence", "less than a frame"],
)
def test_no_place_where_nothing_comes_from_one(sound):
    assert sources(sound).shape == (0, 3)


def test_unmixing_follows_each_player_and_no_other():
    players = [(notes(196, 1), (-70, 0)), (notes(440, 2), (60, 20))]
    directions = np.stack([unit_vector(*angles) for _, angles in players])
    for heard, (own, _) in zip(unmixing(directions) @ placed(*players), players, strict=True):
        assert np.corrcoef(heard, own)[0, 1] > 0.98


def test_ambix_is_told_from_other_four_channels():
    ambix = placed((notes(220), (-60, 10)))
    fuma = ambix[[0, 3, 1, 2]] * np.array([[2**-0.5], [1], [1], [1]], np.float32)
    loudspeakers = np.stack([notes(hertz, k) for k, hertz in enumerate((200, 220, 240, 260))])
    assert behaves_like_ambix(ambix) and behaves_like_ambix(from_everywhere())
    assert is_ambix(placed((notes(220), (60, 10)))) and not is_ambix(from_everywhere())
    assert not behaves_like_ambix(fuma)
    assert not behaves_like_ambix(loudspeakers)
    assert not behaves_like_ambix(np.zeros_like(ambix))
    assert not behaves_like_ambix(ambix[:, :100])
