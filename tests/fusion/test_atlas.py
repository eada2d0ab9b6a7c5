import numpy as np
import torch

from milo_demo.fusion.atlas import places
from milo_demo.models.naming.atlas import Sheet


def test_silent_steps_have_no_place_and_do_not_count_for_others():
    sheet = Sheet(points=8, features=16)
    seen = []
    sheet.forward = lambda features: seen.append(features) or torch.full((len(features), 2), 0.25)
    features = np.ones((6, 16), np.float16)
    features[2] = 100.0
    found = places(features, np.array([True, True, False, True, True, True]), sheet)
    assert np.isnan(found[2]).all() and (np.delete(found, 2, axis=0) == 0.25).all()
    torch.testing.assert_close(seen[0], torch.ones(5, 16))
    assert np.isnan(places(features, np.zeros(6, bool), sheet)).all()
