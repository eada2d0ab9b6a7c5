import struct

import flatbuffers
import numpy as np
import pytest

from milo_demo.training import tflite

FLOAT32, INT8 = 0, 9


def written(path, tensors):
    """A TensorFlow Lite file with nothing but tensors: (name, type code, array or None, scales, zero points, axis)."""
    builder = flatbuffers.Builder(0)

    def table(fields):
        """Offsets of what lies elsewhere, and (code, number) for what lies in the table itself."""
        builder.StartObject(8)
        for slot, value in fields.items():
            if isinstance(value, tuple):
                getattr(builder, f"Prepend{value[0]}Slot")(slot, value[1], 0)
            else:
                builder.PrependUOffsetTRelativeSlot(slot, value, 0)
        return builder.EndObject()

    def tables(offsets):
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()

    buffers, rows = [table({})], []
    for name, code, values, scales, zeros, axis in tensors:
        shape = builder.CreateNumpyVector(np.array(np.shape(values), np.int32))
        text = builder.CreateString(name)
        fields = {0: shape, 1: ("Int8", code), 3: text}
        if values is not None:
            buffers.append(table({0: builder.CreateNumpyVector(np.frombuffer(values.tobytes(), np.uint8))}))
            fields[2] = ("Uint32", len(buffers) - 1)
        if scales:
            scale = builder.CreateNumpyVector(np.array(scales, np.float32))
            zero = builder.CreateNumpyVector(np.array(zeros, np.int64))
            fields[4] = table({2: scale, 3: zero, 6: ("Int32", axis)})
        rows.append(table(fields))
    graph = table({0: tables(rows)})
    builder.Finish(table({2: tables([graph]), 4: tables(buffers)}), file_identifier=b"TFL3")
    path.write_bytes(builder.Output())
    return path


@pytest.fixture
def file(tmp_path):
    floats = np.arange(6, dtype=np.float32).reshape(2, 3)
    whole = np.array([[-128, 0, 127], [1, 2, 3]], np.int8)
    return written(tmp_path / "small.tflite", [
        ("plain", FLOAT32, floats, (), (), 0),
        ("flows", FLOAT32, None, (), (), 0),
        ("one scale;merged", INT8, whole, (0.5,), (3,), 0),
        ("a scale per row", INT8, whole, (0.5, 10.0), (0, 0), 0),
        ("a scale per column", INT8, whole, (1.0, 2.0, 3.0), (0, 0, 1), 1),
    ])  # fmt: skip


def test_numbers_come_back_dequantised(file):
    found = dict(tflite.constants(file))
    assert found["plain"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["one scale;merged"].tolist() == [[-65.5, -1.5, 62], [-1, -0.5, 0]]
    assert found["a scale per row"].tolist() == [[-64, 0, 63.5], [10, 20, 30]]
    assert found["a scale per column"].tolist() == [[-128, 0, 378], [1, 4, 6]]


def test_what_only_flows_through_is_left_out(file):
    assert "flows" not in dict(tflite.constants(file))


def test_kernels_are_put_in_torchs_order():
    ordinary = np.arange(2 * 3 * 3 * 4, dtype=np.float32).reshape(2, 3, 3, 4)  # out, row, column, in
    assert tflite.kernel(ordinary, depthwise=False)[1, 3, 0, 2] == ordinary[1, 0, 2, 3]
    depthwise = np.arange(3 * 3 * 5, dtype=np.float32).reshape(1, 3, 3, 5)  # 1, row, column, channel
    assert tflite.kernel(depthwise, depthwise=True).shape == (5, 1, 3, 3)
    assert tflite.kernel(depthwise, depthwise=True)[4, 0, 1, 2] == depthwise[0, 1, 2, 4]


def test_the_file_is_one_that_tensorflow_would_know(file):
    assert file.read_bytes()[4:8] == b"TFL3"
    assert struct.unpack_from("<I", file.read_bytes())[0] < file.stat().st_size


def test_layers_come_in_the_order_in_which_they_run(tmp_path):
    """A file of three operations: half-precision numbers made whole, a convolution of them, a slope."""
    builder = flatbuffers.Builder(0)

    def table(fields, slots=8):
        builder.StartObject(slots)
        for slot, value in fields.items():
            if isinstance(value, tuple):
                getattr(builder, f"Prepend{value[0]}Slot")(slot, value[1], 0)
            else:
                builder.PrependUOffsetTRelativeSlot(slot, value, 0)
        return builder.EndObject()

    def tables(offsets):
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()

    def numbers(values):
        return builder.CreateNumpyVector(np.array(values, np.int32))

    half, slopes = np.arange(4, dtype=np.float16).reshape(1, 1, 1, 4), np.array([0.25, 0.5], np.float32)
    buffers = [table({})]
    for values in (half, slopes):
        buffers.append(table({0: builder.CreateNumpyVector(np.frombuffer(values.tobytes(), np.uint8))}))
    rows = []
    for name, code, shape, buffer in (
        ("input", FLOAT32, (1, 2, 2, 4), 0),
        ("half", 1, half.shape, 1),
        ("whole", FLOAT32, half.shape, 0),
        ("flow", FLOAT32, (1, 2, 2, 1), 0),
        ("slopes", FLOAT32, slopes.shape, 2),
    ):
        text, size = builder.CreateString(name), numbers(shape)
        rows.append(table({0: size, 1: ("Int8", code), 2: ("Uint32", buffer), 3: text}))
    operations = []
    for code, inputs, outputs in ((1, [1], [2]), (0, [0, 2], [3]), (2, [3, 4], [3])):
        given, made = numbers(inputs), numbers(outputs)
        operations.append(table({0: ("Uint32", code), 1: given, 2: made}))
    codes = [table({0: ("Int8", code), 3: ("Int32", code)}) for code in (3, 6, 54)]
    graph = table({0: tables(rows), 3: tables(operations)})
    builder.Finish(table({1: tables(codes), 2: tables([graph]), 4: tables(buffers)}), file_identifier=b"TFL3")
    path = tmp_path / "graph.tflite"
    path.write_bytes(builder.Output())
    convolution, slope = tflite.layers(path)
    assert (convolution.kind, convolution.name) == ("convolution", "half")
    assert convolution.constants[0].dtype == np.float16 and (convolution.constants[0] == half).all()
    assert (slope.kind, slope.name) == ("slopes", "slopes") and slope.constants[0].tolist() == [0.25, 0.5]
