"""AST, the Audio Spectrogram Transformer (Gong, Chung and Glass 2021), as a larger ear.

It hears ten seconds at once and says how likely each of AudioSet's 527 words is; of those that mean a label of ours
the surest counts (`instruments.ALIASES`). Its scores are its own: 0.5 is no threshold that was measured.
"""

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.instruments import LABELS, label_of
from milo_demo.large.loading import from_folder
from milo_demo.large.models import Larger

WINDOW, HOP = 20, 10
"""Steps of the analysis grid: 10.24 s, the length of what it learnt from, and half of that."""


class Ear(NamedTuple):
    """extractor : sound (sample,) at 16 kHz to its log-mels
    network   : log-mels to logits of words
    words     : label -> places of the words that mean it
    """

    extractor: Any
    network: Any
    words: dict[str, list[int]]


def open_model(model: Larger, folder: Path) -> Ear:
    """Raises ValueError or OSError where the files are not such a model."""
    from transformers import ASTFeatureExtractor, ASTForAudioClassification

    network = from_folder(ASTForAudioClassification, model, folder)
    words: dict[str, list[int]] = {}
    for place, name in network.config.id2label.items():
        if label := label_of(name, "audioset"):
            words.setdefault(label, []).append(int(place))
    if not words:
        raise ValueError("it names no instrument")
    return Ear(ASTFeatureExtractor.from_pretrained(folder, local_files_only=True), network, words)


def hear(chunks: Iterable[NDArray[np.float32]], ear: Ear, count: int) -> Generator[float, None, NDArray[np.float32]]:
    """Listen to a clip of `count` steps; yield the fraction done, return scores.

    chunks : mono sound at 16 kHz in pieces of any length, (1, sample) or (sample,)

    Returns (step, label), 0-1; nan for labels that it has no word for. A step's score is that of the windows around it,
    the more the nearer it lies to their middle.
    """
    scores, weights = np.zeros((count, len(LABELS)), np.float32), np.zeros((count, 1), np.float32)
    nearness = np.bartlett(WINDOW + 2)[1:-1, None].astype(np.float32)
    for first, sound in _windows(chunks):
        steps = slice(first, min(count, first + WINDOW))
        near = nearness[: max(0, steps.stop - first)]
        scores[steps] += near * _scores(sound, ear)
        weights[steps] += near
        yield min(1.0, steps.stop / count)
    scores /= np.maximum(weights, 1e-9)
    scores[:, [label not in ear.words for label in LABELS]] = np.nan
    return scores


@torch.inference_mode()
def _scores(sound: NDArray[np.float32], ear: Ear) -> NDArray[np.float32]:
    """(label,) of one window (sample,)."""
    taken = ear.extractor(sound, sampling_rate=RATE_HZ, return_tensors="pt").to(ear.network.device)
    said = ear.network(**taken).logits[0].sigmoid().float().cpu().numpy()
    scores = np.zeros(len(LABELS), np.float32)
    for label, places in ear.words.items():
        scores[LABELS.index(label)] = said[places].max()
    return scores


def _windows(chunks: Iterable[NDArray[np.float32]]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """First step and sound of windows that overlap by half, the last one as long as what is left."""
    held, first, is_new = np.zeros(0, np.float32), 0, False
    for chunk in chunks:
        held = np.concatenate([held, np.asarray(chunk, np.float32).reshape(-1)])
        is_new = True
        while len(held) >= WINDOW * STEP:
            yield first, held[: WINDOW * STEP]
            held, first = held[HOP * STEP :], first + HOP
            is_new = len(held) > (WINDOW - HOP) * STEP
    if is_new and len(held):
        yield first, held
