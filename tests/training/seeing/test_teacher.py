import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.training.seeing.teacher import dequantised, kernel, load_teacher


def test_quantised_numbers_come_back():
    values = np.array([0, 128, 255], np.uint8)
    assert dequantised(values, 0.5, 128) == pytest.approx([-64, 0, 63.5])


def test_kernels_are_put_in_torchs_order():
    ordinary = np.arange(2 * 3 * 3 * 4, dtype=np.float32).reshape(2, 3, 3, 4)  # out, row, column, in
    assert kernel(ordinary, depthwise=False)[1, 3, 0, 2] == ordinary[1, 0, 2, 3]
    depthwise = np.arange(3 * 3 * 5, dtype=np.float32).reshape(1, 3, 3, 5)  # 1, row, column, channel
    assert kernel(depthwise, depthwise=True).shape == (5, 1, 3, 3)
    assert kernel(depthwise, depthwise=True)[4, 0, 1, 2] == depthwise[0, 1, 2, 4]


def test_a_missing_teacher_is_said_so(tmp_path):
    with pytest.raises(MiloError, match=r"quant\.tflite is missing"):
        load_teacher(tmp_path)
