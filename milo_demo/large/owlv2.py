"""OWLv2 (Minderer, Gritsenko and Houlsby 2023): boxes around whatever somebody has a word for.

A word is asked for as *a photo of a …*, as the model was taught. Its scores are low: what its library counts from 0.1
on counts here from 0.5 on, by as much added to every logit. That is no calibration.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.ops import batched_nms

from milo_demo.large.loading import from_folder
from milo_demo.large.models import Larger

USUAL = 0.1
"""The score from which the model's library counts a box if nothing else is asked."""
LEAST = 0.3
"""Score, after the shift, of the boxes that are given."""
SAME_THING = 0.5
"""Boxes of one word that overlap this much (IoU) are one, the surest."""
SIDE_PX = 960
"""Long side of what the model gets to see."""


class Eye(NamedTuple):
    """tokens   : words to tokens
    pictures : pictures to the network's input, and its output to boxes
    network  : of the transformers library
    """

    tokens: Any
    pictures: Any
    network: Any


class Sight(NamedTuple):
    """word : place of the word that was asked for; score : 0-1; sides : x0, y0, x1, y1 in fractions of the picture"""

    word: int
    score: float
    sides: tuple[float, float, float, float]


def open_model(model: Larger, folder: Path) -> Eye:
    """Raises ValueError or OSError where the files are not such a model."""
    from transformers import CLIPTokenizer, Owlv2ForObjectDetection, Owlv2ImageProcessor

    tokens = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    pictures = Owlv2ImageProcessor.from_pretrained(folder, local_files_only=True)
    return Eye(tokens, pictures, from_folder(Owlv2ForObjectDetection, model, folder))


@torch.inference_mode()
def look(picture: NDArray[np.uint8], words: Sequence[str], eye: Eye) -> list[Sight]:
    """Where in a picture, RGB (height, width, 3), what the words say may be; surest first."""
    height, width = picture.shape[:2]
    asked = [f"a photo of a {word}" for word in words]
    length = eye.network.config.text_config.max_position_embeddings
    text = eye.tokens(asked, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
    seen = eye.pictures(images=[picture], return_tensors="pt")
    device = eye.network.device
    output = eye.network(
        input_ids=text["input_ids"].to(device),
        attention_mask=text["attention_mask"].to(device),
        pixel_values=seen["pixel_values"].to(device),
    )
    shift = float(np.log(USUAL / (1 - USUAL)))
    least = float(torch.tensor(LEAST).logit() + shift)
    [found] = eye.pictures.post_process_object_detection(
        output, threshold=float(torch.tensor(least).sigmoid()), target_sizes=[(height, width)]
    )
    edges = torch.stack([found["boxes"][:, 0::2].clamp(0, width), found["boxes"][:, 1::2].clamp(0, height)], dim=-1)
    edges = edges.flatten(1)
    scores = (found["scores"].logit() - shift).sigmoid()
    is_there = (edges[:, 2] - edges[:, 0] >= 1) & (edges[:, 3] - edges[:, 1] >= 1)  # the model sees a margin as well
    edges, scores, labels = edges[is_there], scores[is_there], found["labels"][is_there]
    kept = batched_nms(edges, scores, labels, SAME_THING)
    scale = torch.tensor([width, height, width, height], device=edges.device)
    rows = zip(labels[kept].tolist(), scores[kept].tolist(), (edges[kept] / scale).tolist(), strict=True)
    return [Sight(word, score, (x0, y0, x1, y1)) for word, score, (x0, y0, x1, y1) in rows]
