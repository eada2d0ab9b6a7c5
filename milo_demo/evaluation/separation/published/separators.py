"""The published separators, each as its document has it.

semantic, audio / vision : Nuotioma (2024): all 26 instruments vie for every place; the tracks of those who truly play
                           are measured, as the document measures them. With vision, a photo of each player is the frame
semantic, told           : the same network, told who plays, as NMF is: only they vie, and every place is somebody's
NMF, supervised          : told who plays
NMF, blind; deep prior   : told how many play; as such methods are, they are scored in the best order
"""

from collections.abc import Sequence

import librosa
import numpy as np
import torch

from milo_demo import weights
from milo_demo.evaluation.separation.case import RESIDUAL, Case, Estimates, Sound
from milo_demo.evaluation.separation.published.naming import NOBODY, matched, told
from milo_demo.features.stft import TRACK_HZ
from milo_demo.instruments import LABELS
from milo_demo.separation.namer import Namer
from milo_demo.separation.published import deep_prior, factors, semantic
from milo_demo.separation.published.masked import Masked, cut, magnitudes
from milo_demo.separation.published.semantic import Seen


def semantic_audio(case: Case) -> Estimates:
    """What the network hears."""
    return _semantic(case, None)


def semantic_vision(case: Case) -> Estimates | None:
    """The same, weighed by the eye."""
    if case.seen is None:
        return None
    scores = case.seen()
    return _semantic(case, lambda _: scores)


def semantic_told(case: Case) -> Estimates:
    """What the network hears of those asked for."""
    loaded, mono = weights.load("semantic"), _at_track_rate(case)
    likely = semantic.chances(magnitudes(mono, next(loaded.module.parameters()).device), loaded.module)
    asked = torch.zeros(len(LABELS), 1, 1)
    asked[[LABELS.index(label) for label in case.asked]] = 1
    return Estimates(_tracks(case, mono, semantic.masked(likely * asked.to(likely), case.asked, 0.0)))


def nmf_supervised(case: Case) -> Estimates:
    """Spectra of those asked for."""
    mono = _at_track_rate(case)
    module = weights.load("dictionaries").module
    masks = factors.supervised(magnitudes(mono, module.spectra.device), case.asked, module)
    return Estimates(_tracks(case, mono, masks))


def nmf_blind(case: Case) -> Estimates:
    """Spectra found in the mixture, named by the spectrogram classifier."""
    mono = _at_track_rate(case)
    masks = factors.blind(magnitudes(mono), mono, len(case.stems), weights.load("spectrogram").module)
    return _blindly(case, masks.labels, list(_tracks(case, mono, masks).values())[:-1])


def deep_audio_prior(case: Case) -> Estimates:
    """Networks that learn this mixture, and a name for each track by the spectrogram classifier. Takes minutes."""
    mono = _at_track_rate(case)
    heard = magnitudes(mono)
    *_, last = deep_prior.learn(heard, len(case.stems))
    masks = last.masks(*heard.shape)
    namer = Namer(weights.load("spectrogram").module, len(masks) - 1)
    namer.listen(cut(mono[None], masks)[:-1, 0])
    names = [best[0]["label"] if best else NOBODY for best in namer.names()]
    numbered = Masked([str(number) for number in range(len(names))], masks)
    return _blindly(case, names, list(_tracks(case, mono, numbered).values())[:-1])


def _blindly(case: Case, names: Sequence[str], tracks: Sequence[Sound]) -> Estimates:
    """Tracks of somebody who was told no names."""
    sounds, called = matched(case, list(zip(names, tracks, strict=True)))
    return Estimates(sounds, called=called)


def _at_track_rate(case: Case) -> Sound:
    return librosa.resample(case.mixture, orig_sr=case.rate_hz, target_sr=TRACK_HZ)


def _semantic(case: Case, seen: Seen | None) -> Estimates:
    loaded, mono = weights.load("semantic"), _at_track_rate(case)
    heard = magnitudes(mono, next(loaded.module.parameters()).device)
    likely, threshold = semantic.chances(heard, loaded.module, seen), loaded.card.thresholds[LABELS[0]]
    masks = semantic.masked(likely, case.asked, threshold)
    return Estimates(_tracks(case, mono, masks), called=told(case, semantic.named(likely, heard, threshold)))


def _tracks(case: Case, mono: Sound, masks: Masked) -> dict[str, Sound]:
    """At the case's rate, with the residual."""
    tracks = cut(mono[None], masks.masks.to(torch.float32))[:, 0]
    back = [librosa.resample(track, orig_sr=TRACK_HZ, target_sr=case.rate_hz) for track in tracks]
    fitted = [librosa.util.fix_length(track, size=len(case.mixture)).astype(np.float32) for track in back]
    return dict(zip([*masks.labels, RESIDUAL], fitted, strict=True))
