"""The spectrogram classifier: a MobileNet that reads log-mel patches as pictures (Bhattacharyya 2020, section 4.3)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from milo_demo.instruments import LABELS
from milo_demo.models.trunk import SameConv2d

WIDTHS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
SHRINKING = (1, 3, 5, 11)
"""The blocks that halve the picture, as the first convolution has done before them: 96 x 64 become 3 x 2."""
EMBEDDING = 1024


class PatchNet(nn.Module):
    """MobileNetV1 1.0 (Howard et al. 2017) on patches of 96 frames and 64 bands, its batch norm folded in.

    The padding is TensorFlow's "same", because the network starts from one trained there. The last layer's bias holds
    the calibration: a logit of 0, a score of 0.5, is each label's threshold.
    """

    def __init__(self, labels: int = len(LABELS), dropout: float = 0.2) -> None:
        super().__init__()
        layers: list[nn.Module] = [_Convolution(1, 32, 3, stride=2)]
        inputs = 32
        for block, outputs in enumerate(WIDTHS):
            stride = 2 if block in SHRINKING else 1
            layers += [_Convolution(inputs, inputs, 3, stride, groups=inputs), _Convolution(inputs, outputs, 1)]
            inputs = outputs
        self.layers = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(EMBEDDING, labels)
        # A sixth less work on a processor.
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def embed(self, patches: Tensor) -> Tensor:
        """What the network makes of a patch before it names anything. (n, 96, 64) -> (n, 1024), none below 0"""
        return self.layers(patches[:, None]).mean(dim=(2, 3))

    def forward(self, patches: Tensor) -> Tensor:
        """Logits of every label. (n, 96, 64) from `features.patches` -> (n, label)"""
        return self.head(self.dropout(self.embed(patches)))


class _Convolution(SameConv2d):
    """With ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(super().forward(x), inplace=True)
