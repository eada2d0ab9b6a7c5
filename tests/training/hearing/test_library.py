import numpy as np
import torch

from milo_demo.training.hearing.library import LEVEL, Library, Take, latest_starts, prepare

RATE_HZ = 16_000
TAKE = Take("violin", (), "real", "test", "train")


def tone(hertz: float, seconds: float, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)


def test_sounds_are_levelled_lengthened_and_found_again(tmp_path):
    silence = np.zeros(RATE_HZ, np.float32)
    prepare([(TAKE, tone(440, 3)), (TAKE, silence), (TAKE, np.concatenate([silence, tone(220, 10, 0.01)]))], tmp_path)
    library = Library(tmp_path)
    assert len(library.takes) == 2
    assert all(take.length >= 8 * RATE_HZ for take in library.takes)
    for take, hertz in zip(library.takes, (440, 220), strict=True):
        sound = library.stretches([take], np.array([0]), np.array([1.0]), 2 * RATE_HZ)[0]
        assert abs(float(sound.square().mean().sqrt()) - LEVEL) < 0.01
        assert torch.fft.rfft(sound).abs().argmax() == 2 * hertz


def test_a_faster_stretch_sounds_higher_and_keeps_its_level(tmp_path):
    prepare([(TAKE, tone(1000, 10))], tmp_path)
    library = Library(tmp_path)
    speeds = np.array([1.0, 1.1, 0.9])
    sounds = library.stretches(library.takes * 3, np.array([0, 500, 12_345]), speeds, 2 * RATE_HZ)
    peaks_hz = torch.fft.rfft(sounds).abs().argmax(dim=1) / 2
    np.testing.assert_allclose(peaks_hz, 1000 * speeds, atol=1)
    levels = sounds.square().mean(dim=1).sqrt()
    np.testing.assert_allclose(levels, levels[0], rtol=0.06)


def test_no_stretch_leaves_its_take(tmp_path):
    prepare([(TAKE, tone(440, 9)), (TAKE, tone(3000, 9))], tmp_path)
    library = Library(tmp_path)
    last = latest_starts(library.takes, 7 * RATE_HZ)
    sounds = library.stretches(library.takes, last, np.array([1.15, 1.15]), 7 * RATE_HZ)
    low = torch.fft.rfft(sounds[0, -4096:]).abs()
    assert low.argmax() == round(440 * 1.15 * 4096 / RATE_HZ)


def test_a_prepared_library_is_not_prepared_again(tmp_path):
    prepare([(TAKE, tone(440, 9))], tmp_path)
    prepare(iter([(TAKE, tone(440, 9)), (TAKE, tone(220, 9))]), tmp_path)
    assert len(Library(tmp_path).takes) == 1
