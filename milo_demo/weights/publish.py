"""Publishing: all checkpoints as one Hugging Face repository, and its commit pinned as the one to pull from.

The repository holds a folder for each role: ``model.safetensors``, the numbers, and ``config.json``, which is the card
byte for byte, so that the registry's fingerprint holds for it; beside them licences of others' numbers, and a model
card for people, written from the cards. An upload that was broken off is taken up again by the same call: what the Hub
has by its sha256 is not sent again, and nothing counts before the commit at the end.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from milo_demo.errors import MiloError
from milo_demo.weights import registry
from milo_demo.weights.card import Card
from milo_demo.weights.loader import Checkpoint, find_own
from milo_demo.weights.registry import ROLES, remote_files

TASKS = {
    "audio-classification": ("sound", "spectrogram", "vocabulary", "company", "tags"),
    "audio-to-audio": ("masks", "notes", "owner", "quality", "semantic", "dictionaries"),
    "object-detection": ("boxes", "faces", "hands"),
    "image-classification": ("trunk", "closeup"),
    "image-segmentation": ("object", "source"),
    "video-classification": ("movement", "joint"),
    "feature-extraction": ("atlas",),
}
"""The Hub's name for what each role does."""
DATA_SETS = ("Caltech-101", "GuitarSet", "iKala", "ImageNet", "MAESTRO", "MedleyDB-Pitch", "PACS", "Slakh")
"""Those that cards name; everything else that was trained on stands in the card's text."""
TAGS = ["music", "instruments", "audio-visual", "source-separation", "music-tagging", "milo"]
MB = 1_000_000

INTRODUCTION = """# MILO's models

Who plays what, when and where in a music video: the networks of MILO, a folder for each. `model.safetensors` holds the
numbers, `config.json` the card: classes, thresholds, training data, figures, known failures. The program takes them
from here when it has none of its own:

```sh
MILO_HUB_REPO={repository} python app.py
```

It uses a file only if it has the fingerprint that its own registry names."""


@dataclass(frozen=True)
class Plan:
    """What is, or would be, uploaded: path in the repository -> its content, a file or bytes."""

    repository: str
    files: dict[str, Path | bytes]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(len(it) if isinstance(it, bytes) else it.stat().st_size for it in self.files.values())


def plan(repository: str) -> Plan:
    """What `publish` uploads. Raises MiloError where the name is none, or a checkpoint or a figure of it is missing."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repository)
        named = repository.count("/") == 1
    except HFValidationError:
        named = False
    if not named:
        raise MiloError(f"{repository!r} is no name of a Hugging Face repository: write it as OWNER/NAME.")
    checkpoints = {role: find_own(role) for role in ROLES}
    files: dict[str, Path | bytes] = {}
    for role, checkpoint in checkpoints.items():
        if not checkpoint.card.measured:
            raise MiloError(f"The card of {role} has no figures: measure the model before it is published.")
        numbers, card = remote_files(role)
        files[numbers], files[card] = checkpoint.numbers, checkpoint.numbers.with_suffix(".json")
        for name in re.findall(r"[\w-]+\.LICENSE", checkpoint.card.licence):
            files[f"{role}/LICENSE"] = checkpoint.numbers.with_name(name)
    files["README.md"] = readme(repository, checkpoints).encode()
    return Plan(repository, files)


def publish(repository: str, *, private: bool = False) -> str:
    """Upload, and pin what came out: from then on the loader pulls this commit of this repository.

    Returns the commit. Raises MiloError where the name, a card, the token or the connection is wrong.
    """
    made = plan(repository)
    from huggingface_hub import CommitOperationAdd, HfApi, get_token
    from huggingface_hub.errors import HfHubHTTPError

    if get_token() is None:
        raise MiloError("There is no token for the Hub: run `hf auth login`, or set HF_TOKEN to one that may write.")
    again = "give the same command again, which goes on from there"
    try:
        api = HfApi()
        api.create_repo(repository, private=private, exist_ok=True)
        operations = [CommitOperationAdd(path, content) for path, content in made.files.items()]
        commit = api.create_commit(repository, operations, commit_message="MILO's models").oid
    except HfHubHTTPError as error:
        raise MiloError(_refused(repository, error.response.status_code, again)) from error
    except ValueError as error:  # what the Hub's own check of the model card finds
        raise MiloError(f"The Hub does not accept the model card ({error}): update MILO.") from error
    except Exception as error:  # of an HTTP client that changes with the Hub's library
        raise MiloError(f"The Hub cannot be reached ({type(error).__name__}): {again}.") from error
    pinned = json.dumps({"repository": repository, "revision": commit}, indent=1)
    registry.PIN.write_text(f"{pinned}\n", encoding="utf-8")
    return commit


def readme(repository: str, checkpoints: dict[str, Checkpoint]) -> str:
    """The repository's model card: data for the Hub, text for people."""
    from huggingface_hub import EvalResult, ModelCardData

    cards = {role: checkpoint.card for role, checkpoint in checkpoints.items()}
    results = [
        EvalResult(
            task_type=_task(role),
            dataset_type=_slug(what),
            dataset_name=f"{role}: {what}",
            metric_type=_slug(figure),
            metric_name=figure,
            metric_value=value,
        )
        for role, card in cards.items()
        for what, figures in card.measured.items()
        for figure, value in figures.items()
    ]
    told = " ".join(part for card in cards.values() for part in card.training_data)
    data = ModelCardData(
        license="other",
        license_name="by-folder",
        license_link="README.md",
        library_name="milo",
        pipeline_tag="audio-classification",
        datasets=[_slug(name) for name in DATA_SETS if name in told],
        tags=TAGS,
        model_name=repository.partition("/")[2],
        eval_results=results,
    )
    parts = [INTRODUCTION.format(repository=repository), _table(checkpoints), *map(_section, cards, cards.values())]
    return f"---\n{data.to_yaml().strip()}\n---\n\n" + "\n\n".join(parts) + "\n"


def _table(checkpoints: dict[str, Checkpoint]) -> str:
    rows = []
    for role, it in checkpoints.items():
        size = it.numbers.stat().st_size / MB
        rows.append(f"| {role} | {it.card.name} {it.card.version} | {size:.1f} | {_cell(it.card.licence)} |")
    return "\n".join(["| folder | model | MB | licence |", "|---|---|---|---|", *rows])


def _section(role: str, card: Card) -> str:
    figures = [
        f"| {_cell(what)} | {_cell(figure)} | {value:g} |"
        for what, part in card.measured.items()
        for figure, value in part.items()
    ]
    parts = [f"## {role}: {card.name} {card.version}", f"Licence: {card.licence}"]
    parts += ["Trained on:\n" + _listed(card.training_data)]
    parts += ["\n".join(["| measured on | figure | value |", "|---|---|---|", *figures])]
    if card.known_failures:
        parts.append("Known failures:\n" + _listed(card.known_failures))
    return "\n\n".join(parts)


def _listed(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _task(role: str) -> str:
    return next(task for task, roles in TASKS.items() if role in roles)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:96]


def _refused(repository: str, code: int, again: str) -> str:
    if code == 401:
        return "The Hub does not accept the token: run `hf auth login` again, or set HF_TOKEN to one that may write."
    if code == 403:
        return f"The token may not write to {repository}: use one that may, or name a repository of your own."
    if code == 404:
        return f"There is nobody on the Hub to whom {repository} could belong: check the owner's name."
    return f"The Hub has refused the upload (HTTP {code}): {again}."
