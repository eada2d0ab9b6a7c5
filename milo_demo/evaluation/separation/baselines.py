"""Those that know nothing of instruments, and the ceilings that masks have.

mixture      : every track is the mixture
HPSS         : drums are what is short (Fitzgerald 2010); a voice is what looks short to a long window and long to a
               short one (Tachibana et al. 2010)
REPET-SIM    : a voice is what does not come again (Rafii and Pardo 2012)
ideal binary : every place in time and frequency goes to the part that is loudest there
ideal ratio  : it is shared out by the parts' energies there
stems' pitch : the stems, and the notes that `melody` reads there, which elsewhere are the truth

Whatever else is asked for gets what the voice and the drums leave over.
"""

import librosa
import numpy as np

from milo_demo.evaluation.separation.case import RESIDUAL, Case, Estimates, Sound
from milo_demo.evaluation.separation.melody import melody

SHORT, MIDDLE, LONG = 512, 1024, 4096
"""Windows, samples; four hops each."""
REPEATS_AFTER_S = 1.0
FOREGROUND = 3.0
"""What stands out from its repetition belongs to the voice if it is that much louder than it."""
IDEAL = 4096


def mixture(case: Case) -> Estimates:
    """No separation at all: where gains begin."""
    return Estimates(dict.fromkeys((*case.asked, RESIDUAL), case.mixture))


def hpss(case: Case) -> Estimates | None:
    """For mixtures with drums or a voice."""
    found = {"drum": _split(case.mixture, MIDDLE)[1], "voice": _between(case.mixture)}
    return _with_rest(case, {label: sound for label, sound in found.items() if label in case.asked})


def repet_sim(case: Case) -> Estimates | None:
    """For mixtures with a voice."""
    return _with_rest(case, {"voice": _foreground(case.mixture, case.rate_hz)} if "voice" in case.asked else {})


def ideal_binary(case: Case) -> Estimates:
    """A ceiling."""
    parts = np.abs([_stft(sound, IDEAL) for sound in case.references.values()])
    return _masked(case, np.arange(len(parts))[:, None, None] == parts.argmax(axis=0))


def ideal_ratio(case: Case) -> Estimates:
    """A ceiling."""
    parts = np.square(np.abs([_stft(sound, IDEAL) for sound in case.references.values()]))
    return _masked(case, parts / np.maximum(parts.sum(axis=0), 1e-12))


def stems_pitch(case: Case) -> Estimates | None:
    """A ceiling of notes, where these are known exactly, and all by players of one at a time."""
    if case.set != "scored":
        return None
    notes = [note for label, stem in case.stems.items() for note in melody(stem, case.rate_hz, label)]
    return Estimates(case.stems, notes)


def _masked(case: Case, masks: np.ndarray) -> Estimates:
    """masks : (part, frequency, frame), in the order of the references"""
    whole = _stft(case.mixture, IDEAL)
    tracks = {
        name: _inverse(whole * mask, IDEAL, len(case.mixture))
        for name, mask in zip(case.references, masks, strict=True)
    }
    return Estimates({label: np.zeros_like(case.mixture) for label in case.asked} | tracks)


def _with_rest(case: Case, found: dict[str, Sound]) -> Estimates | None:
    """None if nothing has been found."""
    if not found:
        return None
    rest = case.mixture - np.sum(list(found.values()), axis=0)
    return Estimates({label: rest for label in (*case.asked, RESIDUAL)} | found)


def _split(sound: Sound, window: int) -> tuple[Sound, Sound]:
    """What is long and what is short."""
    harmonic, percussive = librosa.decompose.hpss(_stft(sound, window))
    return _inverse(harmonic, window, len(sound)), _inverse(percussive, window, len(sound))


def _between(sound: Sound) -> Sound:
    return _split(_split(sound, LONG)[1], SHORT)[0]


def _foreground(sound: Sound, rate_hz: int) -> Sound:
    spectrum = _stft(sound, MIDDLE)
    magnitude = np.abs(spectrum)
    apart = librosa.time_to_frames(REPEATS_AFTER_S, sr=rate_hz, hop_length=MIDDLE // 4)
    repeated = librosa.decompose.nn_filter(magnitude, aggregate=np.median, metric="cosine", width=int(apart))
    repeated = np.minimum(magnitude, repeated)
    mask = librosa.util.softmask(magnitude - repeated, FOREGROUND * repeated, power=2)
    return _inverse(spectrum * mask, MIDDLE, len(sound))


def _stft(sound: Sound, window: int) -> np.ndarray:
    """(frequency, frame)"""
    return librosa.stft(sound, n_fft=window, hop_length=window // 4)


def _inverse(spectrum: np.ndarray, window: int, length: int) -> Sound:
    return librosa.istft(spectrum, n_fft=window, hop_length=window // 4, length=length)
