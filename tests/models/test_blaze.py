"""The networks of hands and faces beside the originals: what MediaPipe's TensorFlow Lite files say of drawn people."""

import numpy as np
import pytest
import torch

from milo_demo import weights
from milo_demo.models import hand
from milo_demo.models.blaze import FaceDetector, PalmDetector
from tests.playing.people import wall, with_face, with_hand


def told(network, picture: np.ndarray):
    with torch.inference_mode():
        return network(torch.tensor(picture / 255, dtype=torch.float32).permute(2, 0, 1)[None])


def test_palms():
    network = weights.load("hands", "cpu").module.palms
    spotted = told(network, with_hand(wall(192, 192), 96, 100, 32)[0])
    assert spotted.score.shape == (1, 2016) and spotted.points.shape == (1, 2016, PalmDetector.POINTS, 2)
    assert spotted.score[0, [694, 696, 646]].tolist() == pytest.approx([0.7768, 0.6318, 0.5725], abs=1e-3)
    assert spotted.score[0, [0, 700, 1500]].tolist() == pytest.approx([4.4e-5, 0.00263, 6e-6], abs=1e-5)
    # Of the fine cells, 24 each way, two anchors each: 694 is in row 14, column 11.
    assert spotted.box[0, 694].tolist() == pytest.approx(
        [11.5 / 24 + 0.0134, 14.5 / 24 - 0.0092, 0.1201, 0.1201], abs=1e-3
    )
    assert spotted.points[0, 694, 0].tolist() == pytest.approx([11.5 / 24 + 0.0285, 14.5 / 24 + 0.0507], abs=1e-3)


def test_joints():
    read = told(weights.load("hands", "cpu").module.landmarks, with_hand(wall(224, 224), 112, 120, 80)[0])
    assert read.points.shape == (1, hand.POINTS, 2) and read.presence.item() == pytest.approx(0.8485, abs=1e-3)
    wrist_and_tips = [[0.5102, 0.8159], [0.4879, 0.7994], [0.3615, 0.2809], [0.6494, 0.3418]]
    assert read.points[0, [0, 4, 8, 20]].numpy() == pytest.approx(np.array(wrist_and_tips), abs=1e-3)


def test_faces():
    spotted = told(weights.load("faces", "cpu").module, with_face(wall(128, 128), 64, 64, 70)[0])
    assert spotted.score.shape == (1, 896) and spotted.points.shape == (1, 896, FaceDetector.POINTS, 2)
    assert spotted.score[0, [728, 723, 722]].tolist() == pytest.approx([0.9083, 0.8960, 0.8955], abs=1e-3)
    # Of the coarse cells, 8 each way, six anchors each, behind 512 of the fine ones: 728 is in row 4, column 4.
    assert spotted.box[0, 728].tolist() == pytest.approx([0.4965, 0.5554, 0.4277, 0.4277], abs=1e-3)
    mouth = spotted.points[0, 728, FaceDetector.MOUTH].tolist()
    assert mouth == pytest.approx([0.5625 - 0.0678, 0.5625 + 0.0926], abs=1e-3)


def test_a_batch_is_what_its_pictures_are():
    network = weights.load("hands", "cpu").module.palms
    pictures = torch.rand(3, 3, 192, 192, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        together, alone = network(pictures), network(pictures[1:2])
    assert together.score[1].numpy() == pytest.approx(alone.score[0].numpy(), abs=1e-5)
