"""Reads the constants of a TensorFlow Lite file: enough of its FlatBuffer format to start a network of ours from one.

Training machines seldom have TensorFlow Lite's interpreter, and nothing but the numbers is wanted. Field numbers are
those of TensorFlow's `schema.fbs`.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

DTYPES = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 9: np.int8}


DEQUANTIZE = 6
KINDS = {3: "convolution", 4: "depthwise", 9: "dense", 54: "slopes"}
"""Codes of the operations that have numbers to learn."""


def constants(path: Path) -> Iterator[tuple[str, NDArray]]:
    """Name and value of every tensor that the file holds numbers for, dequantised where it is quantised.

    A name that stands for several merged operations has them separated by ``;``. A name may come twice.
    """
    data = path.read_bytes()
    model = _Table(data, struct.unpack_from("<I", data)[0])
    buffers = model.tables(4)
    for tensor in model.tables(2)[0].tables(0):
        if (values := _values(tensor, buffers)) is not None:
            yield _name(tensor), values


class Layer(NamedTuple):
    """An operation with numbers to learn: one of KINDS, the name of the first of its constants, and all of them."""

    kind: str
    name: str
    constants: list[NDArray]


def layers(path: Path) -> list[Layer]:
    """The operations that have numbers to learn, in the order in which the file's network runs them: which layer of
    ours is which is then known without names. Numbers in half precision stay so."""
    data = path.read_bytes()
    model = _Table(data, struct.unpack_from("<I", data)[0])
    codes = [code.integer(3, "i") or code.integer(0, "b") for code in model.tables(1)]
    buffers, graph = model.tables(4), model.tables(2)[0]
    tensors = graph.tables(0)
    source, found = {}, []
    for operation in graph.tables(3):
        code, inputs = codes[operation.integer(0, "I")], operation.vector(1, "i").tolist()
        if code == DEQUANTIZE:
            source[operation.vector(2, "i").tolist()[0]] = inputs[0]
        if code in KINDS:
            known = [tensors[source.get(index, index)] for index in inputs if index >= 0]
            pairs = [(_name(tensor), _values(tensor, buffers)) for tensor in known]
            pairs = [(name, values) for name, values in pairs if values is not None]
            found.append(Layer(KINDS[code], pairs[0][0], [values for _, values in pairs]))
    return found


def kernel(values: NDArray[np.float32], depthwise: bool) -> Tensor:
    """TFLite's (out, row, column, in), or (1, row, column, channel) of a depthwise layer, in torch's order."""
    return torch.from_numpy(values.transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2)).copy())


def _name(tensor: "_Table") -> str:
    return tensor.vector(3, "B").tobytes().decode()


def _values(tensor: "_Table", buffers: list["_Table"]) -> NDArray | None:
    """What the file holds for a tensor; None if that only flows through."""
    content = buffers[tensor.integer(2, "I")].vector(0, "B")
    if not len(content):
        return None
    values = np.frombuffer(content.tobytes(), DTYPES[tensor.integer(1, "b")]).reshape(tensor.vector(0, "i"))
    return _dequantised(values, tensor.table(4))


def _dequantised(values: NDArray, quantisation: "_Table | None") -> NDArray:
    """scale · (value − zero point), one pair for all or one for each slice along an axis."""
    if quantisation is None or not len(scale := quantisation.vector(2, "f")):
        return values
    shape = [1] * values.ndim
    if len(scale) > 1:
        shape[quantisation.integer(6, "i")] = -1
    zero = quantisation.vector(3, "q").reshape(shape)
    return (scale.reshape(shape) * (values.astype(np.int64) - zero)).astype(np.float32)


class _Table:
    """A FlatBuffers table: numbered fields, each of which may be left out."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._fields = at - struct.unpack_from("<i", data, at)[0]

    def integer(self, field: int, code: str) -> int:
        at = self._find(field)
        return struct.unpack_from("<" + code, self._data, at)[0] if at else 0

    def vector(self, field: int, code: str) -> NDArray:
        at = self._find(field)
        if not at:
            return np.empty(0, "<" + code)
        at = self._follow(at)
        return np.frombuffer(self._data, "<" + code, struct.unpack_from("<I", self._data, at)[0], at + 4)

    def table(self, field: int) -> "_Table | None":
        at = self._find(field)
        return _Table(self._data, self._follow(at)) if at else None

    def tables(self, field: int) -> list["_Table"]:
        at = self._follow(self._find(field))
        count = struct.unpack_from("<I", self._data, at)[0]
        return [_Table(self._data, self._follow(at + 4 + 4 * index)) for index in range(count)]

    def _find(self, field: int) -> int:
        """Where a field's value lies; 0 if it was left out."""
        size = struct.unpack_from("<H", self._data, self._fields)[0]
        slot = 4 + 2 * field
        offset = struct.unpack_from("<H", self._data, self._fields + slot)[0] if slot < size else 0
        return self._at + offset if offset else 0

    def _follow(self, at: int) -> int:
        return at + struct.unpack_from("<I", self._data, at)[0]
