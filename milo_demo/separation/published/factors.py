"""Separation by non-negative matrix factorisation: a spectrogram as a sum of spectra that come and go.

*Supervised* (Smaragdis et al. 2007), the spectra of every instrument asked for are known from its solos. *Blind*, they
are found in the mixture itself, and each is given to an instrument by the spectrogram classifier (Bhattacharyya 2020),
which hears it alone.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import non_negative_factorization
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

from milo_demo.instruments import LABELS
from milo_demo.models.published.dictionaries import Dictionaries
from milo_demo.models.spectrogram import PatchNet
from milo_demo.separation.namer import Namer
from milo_demo.separation.published.masked import Masked, Sound, cut

UPDATES = 100
COMPONENTS = 20
"""Of a blind factorisation."""
LEAST = 1e-8
"""Added to magnitudes, which are divided by."""

Array = NDArray[np.float32]


def supervised(magnitudes: Tensor, labels: Sequence[str], dictionaries: Dictionaries) -> Masked:
    """Masks of the instruments asked for, who share out everything.

    magnitudes : (BINS, frame). Takes about a twentieth of its duration for two instruments
    """
    if not labels:
        return Masked([], torch.ones_like(magnitudes)[None])
    with torch.inference_mode():
        spectra = dictionaries(torch.tensor([LABELS.index(label) for label in labels], device=magnitudes.device))
    known = spectra.flatten(0, 1).cpu().numpy()
    gains, _ = factorised(magnitudes.cpu().numpy(), len(known), known)
    parts = np.einsum("fka,kab->kbf", gains.reshape(len(gains), *spectra.shape[:2]), spectra.cpu().numpy())
    return Masked(list(labels), shared_out(torch.from_numpy(parts).to(magnitudes)))


def blind(magnitudes: Tensor, mono: Sound, count: int, classifier: PatchNet, names: Sequence[str] = ()) -> Masked:
    """Masks of so many instruments, who share out everything.

    magnitudes : (BINS, frame) of `mono`, (sample,) at 44.1 kHz
    count      : how many instruments there are
    names      : who they are, where that is known; else those that the classifier names most of the sound by
    """
    gains, spectra = factorised(magnitudes.cpu().numpy(), COMPONENTS)
    parts = torch.from_numpy(np.einsum("fa,ab->abf", gains, spectra)).to(magnitudes)
    masks = shared_out(parts)[:-1]
    namer = Namer(classifier, COMPONENTS)
    namer.listen(cut(mono[None], shared_out(parts))[:-1, 0])
    energy = (masks * magnitudes).square().sum(dim=(1, 2)).cpu().numpy()
    order = np.argsort(-(energy @ namer.scores)).tolist()
    labels = list(names) or [LABELS[k] for k in order[:count]]
    owner = namer.scores[:, [LABELS.index(label) for label in labels]].argmax(axis=1)
    rows = [masks[torch.from_numpy(np.flatnonzero(owner == k))].sum(dim=0) for k in range(len(labels))]
    return Masked(labels, torch.stack([*rows, torch.zeros_like(masks[0])]))


def shared_out(parts: Tensor) -> Tensor:
    """Masks by the parts' magnitudes (part, bin, frame), and of nobody else's: (part … and the rest, bin, frame)."""
    masks = (parts + LEAST) / (parts + LEAST).sum(dim=0)
    return torch.cat([masks, torch.zeros_like(masks[:1])])


def factorised(magnitudes: Array, atoms: int, spectra: Array | None = None) -> tuple[Array, Array]:
    """Gains (frame, atom) and spectra (atom, bin) whose product resembles a spectrogram (bin, frame) in the sense of
    Kullback and Leibler.

    spectra : those to keep; by default they are found as well
    """
    kind: dict[str, Any] = {
        "n_components": atoms,
        "solver": "mu",
        "beta_loss": "kullback-leibler",
        "max_iter": UPDATES,
        "tol": 0.0,
    }
    found_too = {"init": "random", "random_state": 0} if spectra is None else {"H": spectra, "update_H": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so many updates, and no more
        gains, found, _ = non_negative_factorization(magnitudes.T + LEAST, **found_too, **kind)
    return gains, found
