import numpy as np
import pytest
import soundfile

from milo_demo.evaluation import hearing
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.instruments import LABELS

TONES_HZ = {"violin": 1000, "clarinet": 1500, "saxophone": 2000, "bassoon": 500, "voice": 3000}
SECONDS = 4


def tone(label: str, seconds: float = SECONDS) -> np.ndarray:
    return 0.2 * np.sin(2 * np.pi * TONES_HZ[label] * np.arange(int(seconds * RATE_HZ)) / RATE_HZ).astype(np.float32)


def write(path, sound: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE_HZ)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    recordings = folder / "recordings"
    for name in ("violon", "clarinette", "oboe"):
        write(recordings / "phrases_val" / f"{name}.ogg", tone("violin" if name == "violon" else "clarinet"))
    half = np.concatenate([tone("voice", SECONDS / 2), np.zeros(SECONDS // 2 * RATE_HZ, np.float32)])
    write(recordings / "mir1k_val" / "singer_1.ogg", np.stack([tone("bassoon"), half], axis=1))
    noise = np.random.default_rng(0).normal(0, 0.1, SECONDS * RATE_HZ).astype(np.float32)
    for name in ("1_a", "5_b"):
        write(recordings / "noise" / "rain" / f"{name}.ogg", noise)
    for speaker in ("AA", "ZZ"):
        write(recordings / "speech" / f"{speaker}_1.ogg", noise)
    stems = folder / "mixtures" / "bach10_val" / "Originals"
    for stem, label in hearing.STEM_LABELS.items():
        write(stems / "Group04-P4H" / f"P4_Mix01_{stem}.ogg", tone(label))
        if stem != "S4":
            write(stems / "Group03-P3P" / f"P3_Mix01_{stem}.ogg", tone(label))
    return folder


def oracle(sound: np.ndarray) -> np.ndarray:
    """Hears every tone in every step, and nothing else."""
    steps = np.pad(sound, (0, -len(sound) % STEP)).reshape(-1, STEP)
    spectrum = np.abs(np.fft.rfft(steps)) / STEP
    scores = np.zeros((len(steps), len(LABELS)), np.float32)
    for label, hertz in TONES_HZ.items():
        scores[:, LABELS.index(label)] = spectrum[:, round(hertz * STEP / RATE_HZ)] > 0.02
    return scores


def deaf(sound: np.ndarray) -> np.ndarray:
    return np.full((-(-len(sound) // STEP), len(LABELS)), 0.6, np.float32)


def test_a_perfect_ear_has_perfect_figures(data):
    figures = hearing.measure(oracle, data)
    assert figures["top-1 (2 phrases)"] == 1.0
    assert figures["AUC mean of four"] == pytest.approx(1.0)
    assert figures["micro-F1 at 0.5"] == pytest.approx(1.0)
    assert figures["AUC voice, sung pop"] > 0.99
    assert figures["clips with false alarms (2 of noise and speech)"] == 0.0


def test_a_deaf_ear_is_at_chance_and_alarmed_by_everything(data):
    figures = hearing.measure(deaf, data)
    assert figures["AUC mean of four"] == 0.5
    assert figures["steps with false alarms"] == 1.0
    assert figures["micro-F1 at 0.5"] < 0.2


def test_percussion_is_called_nothing(data):
    subsets = [truth for _, truth in hearing._subsets(data / "mixtures" / "bach10_val" / "Originals")]
    assert len(subsets) == 15 + 3
    assert sum(truth[:, LABELS.index("saxophone")].all() for truth in subsets) == 8


def test_chance_guesses_as_often_as_there_are_labels(data):
    assert hearing._chance(data)["top-1 (2 phrases)"] == pytest.approx(1 / 26)
