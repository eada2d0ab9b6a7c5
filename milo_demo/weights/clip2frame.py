"""The authors' own tag model: Liu and Yang's published weights (clip2frame, 2016, ISC licence) made into a checkpoint.

The file is NumPy's .npz with 31 arrays in the order of Lasagne's layers: per window size two early convolutions with
their biases, then three late ones, then the logarithm of every tag's Gaussian width. Convolutions are stored as Theano
applies them, flipped; ours are not. The scaler of their features is none of the arrays: ours, estimated on our own
recordings, comes from the bundled tag model, and so do the thresholds that suit the original.
"""

import hashlib
import http.client
import io
import urllib.request
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save
from torch import Tensor

from milo_demo.errors import MiloError
from milo_demo.features.log_mel import ALL_WINDOWS, BANDS
from milo_demo.models.tags import FILTERS, LATE, LENGTH
from milo_demo.tags import TAGS
from milo_demo.weights.card import Card
from milo_demo.weights.loader import find_own
from milo_demo.weights.registry import files_of, imported_folder

ROLE = "tags"
ADDRESS = (
    "https://raw.githubusercontent.com/ciaua/clip2frame/7267a3f6f9f0c6ace5dab071b46a1458dffea434/"
    "scripts/models/model.20160309_111546.npz"
)
SHA256 = "d5be3cba2bee9af5b09bc76d8f09ad8c2e48541a3085b9eed40f360c2be164aa"
"""Of the published file."""
LARGEST = 8_000_000
"""Bytes that are read at the most; the published file has 2.8 million."""
TIMEOUT_S = 30.0

_EARLY = [(FILTERS, 1, LENGTH, BANDS), (FILTERS,), (FILTERS, FILTERS, LENGTH, 1), (FILTERS,)]
_LATE = [(LATE, len(ALL_WINDOWS) * FILTERS, 1, 1), (LATE,), (LATE, LATE, 1, 1), (LATE,), (len(TAGS), LATE, 1, 1)]
SHAPES: list[tuple[int, ...]] = [*_EARLY * len(ALL_WINDOWS), *_LATE, (len(TAGS),), (len(TAGS),)]
"""Of arr_0 to arr_30."""


def import_weights(source: str = ADDRESS) -> Card:
    """Make a checkpoint for the role `tags` in the user's cache folder, which the loader prefers from then on.

    source : a file, or an address of http or https; without one, the published file at a fixed commit, whose sha256
             must be that of the published file

    Returns the new model card. Raises MiloError if the file cannot be had, is not in the published layout, or the cache
    folder cannot be written; an earlier import stays as it is.
    """
    content = _fetched(source)
    digest = hashlib.sha256(content).hexdigest()
    if source == ADDRESS and digest != SHA256:
        raise MiloError(f"What {source} answered is not the published file: try again, or import a copy from a file.")
    arrays = read(content, source)
    own = find_own(ROLE)
    scaler = load_file(own.numbers)
    numbers = save(state_of(arrays, scaler["mean"], scaler["std"]))
    card = Card(
        role=ROLE,
        name="clip2frame",
        version="20160309" if digest == SHA256 else digest[:8],
        labels=TAGS,
        config={},
        thresholds=own.card.notes["original_thresholds"],
        training_data=("MagnaTagATune, by its authors (Liu and Yang 2016)",),
        licence="ISC, ciaua/clip2frame",
        sha256=hashlib.sha256(numbers).hexdigest(),
        notes={"source": {"from": source, "sha256": digest, "published": digest == SHA256}},
    )
    _write(numbers, card)
    return card


def remove() -> bool:
    """Go back to the bundled tag model. False if nothing had been imported."""
    files = [path for name in files_of(ROLE) if (path := imported_folder() / name).is_file()]
    for path in files:
        path.unlink()
    return bool(files)


def read(content: bytes, source: str) -> list[NDArray[np.float32]]:
    """The 31 arrays of an .npz file. Nothing in it is ever unpickled, or read beyond the size that it must have.

    source : where the file came from, for the message. Raises MiloError where the file is anything else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            arrays = [_array(archive, number, shape) for number, shape in enumerate(SHAPES)]
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise MiloError(
            f"{source} is not a tag model in clip2frame's layout ({error}): import model.20160309_111546.npz."
        ) from error
    return arrays


def state_of(arrays: list[NDArray[np.float32]], mean: Tensor, std: Tensor) -> dict[str, Tensor]:
    """The state of a `TagFCN` that gives the original's numbers.

    arrays    : as `read` returns them
    mean, std : (window, band), of the log-mels that the network is to see
    """
    early, late = arrays[: 4 * len(ALL_WINDOWS)], arrays[4 * len(ALL_WINDOWS) : -1]
    state = {"mean": mean, "std": std, "log_sigma": torch.from_numpy(arrays[-1])}
    # (filter, 1, frame, band) and (filter, filter, frame, 1), both axes flipped, to (filter, band or filter, frame)
    first = [kernel[:, 0, ::-1, ::-1].transpose(0, 2, 1) for kernel in early[0::4]]
    second = [kernel[:, :, ::-1, 0] for kernel in early[2::4]]
    layers = {"early.1": (first, early[1::4]), "early.5": (second, early[3::4])}
    layers |= {
        f"late.{place}": ([kernel[..., 0]], [bias])
        for place, kernel, bias in zip((1, 4, 7), late[0::2], late[1::2], strict=True)
    }
    for name, (kernels, biases) in layers.items():
        state[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(np.concatenate(kernels)))
        state[f"{name}.bias"] = torch.from_numpy(np.concatenate(biases))
    return state


def _write(numbers: bytes, card: Card) -> None:
    """Both files of the checkpoint into the cache folder, or none."""
    whole = [imported_folder() / name for name in files_of(ROLE)]
    parts = [path.with_name(f"{path.name}.part") for path in whole]
    try:
        imported_folder().mkdir(parents=True, exist_ok=True)
        parts[0].write_bytes(numbers)
        card.write(parts[1])
        whole[1].unlink(missing_ok=True)  # without its card a half-replaced model is none at all
        for part, path in zip(parts, whole, strict=True):
            part.replace(path)
    except OSError as error:
        raise MiloError(
            f"The model cannot be written into {imported_folder()} ({error.strerror}): make room on the disk, "
            "or name another folder in the environment variable XDG_CACHE_HOME."
        ) from error
    finally:
        for part in parts:
            with suppress(OSError):
                part.unlink()


def _array(archive: zipfile.ZipFile, number: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    with archive.open(f"arr_{number}.npy") as member:
        if np.lib.format.read_magic(member) != (1, 0):
            raise ValueError(f"array {number} is in another version of NumPy's format")
        found, column_major, kind = np.lib.format.read_array_header_1_0(member)
        if (found, column_major, kind) != (shape, False, np.dtype("<f4")):
            raise ValueError(f"array {number} is {kind} {found} instead of float32 {shape}")
        values = np.frombuffer(member.read(4 * int(np.prod(shape))), "<f4").reshape(shape).astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError(f"array {number} holds values that are no numbers")
    return values


def _fetched(source: str) -> bytes:
    """The bytes of a file or of an address."""
    try:
        if source.startswith(("http://", "https://")):
            with urllib.request.urlopen(source, timeout=TIMEOUT_S) as answer:
                content = answer.read(LARGEST + 1)
        else:
            with open(Path(source).expanduser(), "rb") as file:
                content = file.read(LARGEST + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise MiloError(f"{source} cannot be read ({error}): check the path or the address, then try again.") from error
    if len(content) > LARGEST:
        raise MiloError(f"{source} is larger than {LARGEST:,} bytes: clip2frame's weights have 2.8 million.")
    return content
