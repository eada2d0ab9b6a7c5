import numpy as np
import torch

from milo_demo.geometry import Detection
from milo_demo.models.trunk import Trunk
from milo_demo.training.seeing.boxes.detection import Targets, targets
from milo_demo.training.seeing.boxes.kept import TOGETHER, Kept, fingerprint, keep, there


def batch(width, height, level):
    """Two grey pictures, each with a box."""
    wanted = targets([Detection(3, 1.0, 0.1, 0.2, 0.7, 0.9)], {3: 0}, height, width)
    picture = torch.full((2, 3, height, width), level, dtype=torch.uint8)
    return picture, Targets(*(torch.stack([part, part]) for part in wanted))


def test_what_is_kept_is_what_the_trunk_says(tmp_path):
    trunk = Trunk().eval()
    picture, wanted = batch(64, 48, 90)
    keep(trunk, [(picture, wanted)], tmp_path)
    features, asked = Kept(trunk, {tmp_path: 1.0}).lesson(np.random.default_rng(0))
    with torch.inference_mode():
        said = trunk(picture)
    for kept, now in zip((*features, *asked), (*said, *wanted), strict=True):
        again = torch.cat([now.float()] * TOGETHER)
        assert kept.shape == again.shape and torch.allclose(kept, again, atol=2e-2, rtol=2e-3)
    loss = torch.nn.Conv2d(1280, 1, 1)(features.coarse).sum()
    loss.backward()  # what is kept can be learnt from


def test_a_batch_has_one_size_and_comes_from_one_folder(tmp_path):
    trunk = Trunk().eval()
    keep(trunk, [batch(64, 48, level) for level in (10, 90)] + [batch(48, 64, 10)], tmp_path / "one")
    keep(trunk, [batch(80, 48, 10)], tmp_path / "other")
    kept = Kept(trunk, {tmp_path / "one": 0.5, tmp_path / "other": 0.5})
    rng = np.random.default_rng(0)
    sizes = {tuple(kept.lesson(rng).features.fine.shape) for _ in range(30)}
    assert sizes == {(2 * TOGETHER, 40, 6, 8), (2 * TOGETHER, 40, 8, 6), (2 * TOGETHER, 40, 6, 10)}


def test_an_interrupted_call_is_gone_on_with(tmp_path):
    trunk = Trunk().eval()
    keep(trunk, [batch(64, 48, 10)], tmp_path)
    (tmp_path / "00001-64x48.part").write_bytes(b"half a file")
    assert there(tmp_path) == 1
    keep(trunk, [batch(64, 48, 90)], tmp_path)
    assert there(tmp_path) == 2 and not list(tmp_path.glob("*.part"))


def test_a_trunk_is_known_by_its_numbers():
    one, other = Trunk(), Trunk()
    assert fingerprint(one) != fingerprint(other)
    other.load_state_dict(one.state_dict())
    assert fingerprint(one) == fingerprint(other)
