"""A band of pure tones and clicks, laid out as the validation data are."""

from pathlib import Path

import mido
import numpy as np
import soundfile

from milo_demo.training.hearing import scored_music, scores, soundfonts

RATE_HZ = 22_050
TONES_HZ = {"violin": 880.0, "clarinet": 440.0, "saxophone": 294.0, "bassoon": 147.0, "voice": 523.0, "cello": 196.0}
SECONDS = 3


def tone(label: str, rate_hz: int = RATE_HZ) -> np.ndarray:
    return 0.2 * np.sin(2 * np.pi * TONES_HZ[label] * np.arange(SECONDS * rate_hz) / rate_hz).astype(np.float32)


def clicks(rate_hz: int = RATE_HZ) -> np.ndarray:
    sound = np.zeros(SECONDS * rate_hz, np.float32)
    sound[rate_hz // 4 :: rate_hz // 4] = 0.9
    return sound


def write(path: Path, sound: np.ndarray, rate_hz: int = RATE_HZ) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate_hz)


def make(folder: Path) -> Path:
    """A duet, a trio with drums, four phrases of our labels and one of none, two songs, and scores for drums, bass and
    a violin, and for violin, clarinet and piano (see `play`)."""
    ensembles = folder / "mixtures" / "bach10_val"
    for group, piece, stems in (
        ("Group01-P2H", "P2_Mix01", [tone("violin"), tone("clarinet")]),
        ("Group03-P3P", "PER3_Mix01", [tone("violin"), tone("clarinet"), clicks()]),
    ):
        write(ensembles / "Mixtures" / group / f"{piece}.ogg", np.sum(stems, axis=0))
        for number, stem in enumerate(stems, 1):
            write(ensembles / "Originals" / group / f"{piece}_S{number}.ogg", stem)
    recordings = folder / "recordings"
    for name, sound in {
        "violon": tone("violin"), "violoncelle": tone("cello"), "basson": tone("bassoon"), "batterie": clicks(),
        "hautbois": tone("clarinet"),
    }.items():  # fmt: skip
        write(recordings / "phrases_val" / f"{name}.ogg", sound)
    for name in ("singer_1", "singer_2"):
        write(recordings / "mir1k_val" / f"{name}.ogg", np.stack([tone("bassoon"), tone("voice")], axis=1))
    (folder / "notes" / "philharmonia").mkdir(parents=True)
    for program in ("000", "033", "040", "071", "128"):
        font = folder / "soundfonts" / "hum" / f"{program}.sf3"
        font.parent.mkdir(parents=True, exist_ok=True)
        font.touch()
    _score(folder / "midi" / "song.mid", {0: 38, 1: 44, 9: 0})
    _score(folder / "midi" / "duet.mid", {0: 40, 1: 71, 2: 0})
    rows = ["path,has_drums,source", *["song.mid,1,song"] * 2, "duet.mid,0,duet"]
    (folder / "midi" / "manifest.csv").write_text("\n".join(rows) + "\n")
    return folder


def _score(path: Path, channels: dict[int, int]) -> None:
    """A minute of programs, by channel: 38 is a bass, and only a violin is near to 44."""
    track = mido.MidiTrack()
    for channel, program in channels.items():
        track.append(mido.Message("program_change", channel=channel, program=program))
    for _ in range(120):
        for message, pause in (("note_on", 0), ("note_off", 480)):
            for channel in channels:
                track.append(mido.Message(message, channel=channel, note=40 + channel, time=pause))
                pause = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(path)


def play(monkeypatch) -> list[int]:
    """Let every part be a hum of its own and all scores be held apart; the programs that were played are listed."""
    played: list[int] = []

    def hum(part: scored_music.Part, seed: int) -> np.ndarray:
        played.append(part.program)
        time_s = np.arange(scored_music.EXCERPT_S * 16_000) / 16_000
        return np.sin(2 * np.pi * (100 + 7 * part.program) * time_s).astype(np.float32)

    monkeypatch.setattr(scored_music, "play_part", hum)
    monkeypatch.setattr(scores, "split_of", lambda row: "calibration")
    monkeypatch.setattr(soundfonts, "held_apart", lambda files: {int(path.stem): path for path in files})
    return played
