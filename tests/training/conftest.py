import pytest
import torch

from milo_demo.models.trunk import Trunk
from milo_demo.training import teacher_image
from milo_demo.training.teacher_image import Teacher


@pytest.fixture
def teacher():
    torch.manual_seed(0)
    trunk = Trunk().eval().requires_grad_(False)
    for module in trunk.modules():
        if isinstance(module, torch.nn.Conv2d):  # torch's own initialisation fades out over 52 layers without training
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    names = ["background", *(f"thing {number}" for number in range(teacher_image.ROWS - 3))]
    return Teacher(
        trunk,
        torch.randn(teacher_image.ROWS, 1280) * 0.03,
        torch.zeros(teacher_image.ROWS),
        [*names, "grand piano, grand", "cello, violoncello"],
    )
