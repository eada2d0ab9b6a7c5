import torch

from milo_demo.models.naming.atlas import KEPT, Atlas, Sheet


def test_a_place_lies_among_those_of_the_nearest_points():
    torch.manual_seed(0)
    sheet = Sheet(points=20, features=64)
    sheet.axes.copy_(torch.eye(64, KEPT))
    group = (torch.arange(20) < 10).float()[:, None]
    features = torch.rand(20, 64) * 0.1 + torch.cat(
        [group.expand(-1, 8), 1 - group.expand(-1, 8), torch.zeros(20, 48)], 1
    )
    sheet.known.copy_(sheet.small(features))
    sheet.places.copy_(torch.where(group > 0, torch.tensor([0.5, 0.5]), torch.tensor([-0.5, 0.0])))
    places = sheet(features[[2, 15]] + 0.02)
    torch.testing.assert_close(places, torch.tensor([[0.5, 0.5], [-0.5, 0.0]]))


def test_both_senses_have_one():
    atlas = Atlas(heard=8, seen=9)
    assert atlas.heard(torch.rand(3, 1024)).shape == (3, 2) and atlas.seen(torch.rand(3, 1280)).shape == (3, 2)
