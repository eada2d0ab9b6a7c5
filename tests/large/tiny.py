"""Larger models made small: the same classes with few and random numbers, saved as theirs are."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import torch

from milo_demo.large import models
from milo_demo.large.models import MODELS, Larger
from tests.weights.hub import Hub

WORDS = ["Speech", "Violin, fiddle", "Drum kit", "Snare drum", "Theremin", "Singing"]


def files_of(name: str, folder: Path) -> dict[str, bytes]:
    """The files of a small model, by their names in its repository; made in `folder`."""
    torch.manual_seed(0)
    {"ast": _ast, "owlv2": _owlv2, "htdemucs": _htdemucs}[name](folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def served(hub: Hub, patch, name: str, files: dict[str, bytes]) -> Larger:
    """Put a model on the hub, and pin it there instead of the real one."""
    model = MODELS[name]
    numbers = files[model.numbers]
    revision = hub.put(model.repository, files)
    small = replace(model, revision=revision, sha256=hashlib.sha256(numbers).hexdigest(), size=len(numbers))
    patch.setitem(models.MODELS, name, small)
    patch.setenv("HF_ENDPOINT", hub.address)
    return small


def _ast(folder: Path) -> None:
    from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification

    config = ASTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label=dict(enumerate(WORDS)),
        label2id={word: place for place, word in enumerate(WORDS)},
    )
    ASTForAudioClassification(config).save_pretrained(folder)
    ASTFeatureExtractor().save_pretrained(folder)


def _owlv2(folder: Path) -> None:
    from transformers import Owlv2Config, Owlv2ForObjectDetection, Owlv2ImageProcessor

    letters = [chr(place) for place in range(33, 127)]
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = small | {"vocab_size": len(pieces), "bos_token_id": len(pieces) - 2, "eos_token_id": len(pieces) - 1}
    vision = small | {"image_size": 64, "patch_size": 16}
    network = Owlv2ForObjectDetection(Owlv2Config(text_config=text, vision_config=vision, projection_dim=16))
    head = network.class_head
    for layer in (head.logit_shift, head.logit_scale, network.box_head.dense2):  # places near the grid, scores near 0.1
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    torch.nn.init.constant_(head.logit_shift.bias, -2.0)
    network.save_pretrained(folder)
    Owlv2ImageProcessor(size={"height": 64, "width": 64}).save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps({piece: place for place, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CLIPTokenizer"}))
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "!"}))
    (folder / "added_tokens.json").write_text("{}")


def _htdemucs(folder: Path) -> None:
    from demucs.htdemucs import HTDemucs
    from safetensors.torch import save_file

    built = {"sources": ["drums", "bass", "other", "vocals"], "channels": 8, "t_layers": 1, "bottom_channels": 32}
    built |= {"t_heads": 2}
    network = HTDemucs(**built, segment=1.0)
    told = built | {"segment": {"_type": "fraction", "numerator": 1, "denominator": 1}}
    described = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": json.dumps(told)}
    state = {key: value.half().contiguous() for key, value in network.state_dict().items()}
    save_file(state, folder / MODELS["htdemucs"].numbers, described)
