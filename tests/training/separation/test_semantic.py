import torch

from milo_demo.training.separation import semantic


def test_what_nobody_hears_hardly_counts():
    targets = torch.full((1, 2, 2, 1), 0.5)
    targets[0, :, 0, 0] = torch.tensor([1.0, 0.0])
    mixture = torch.tensor([[[10.0], [0.0]]])
    right_where_loud, right_where_silent = torch.zeros(2, 1, 2, 2, 1)
    right_where_loud[0, :, 0, 0], right_where_loud[0, :, 1, 0] = torch.tensor([9.0, -9.0]), torch.tensor([9.0, -9.0])
    assert semantic.loss(right_where_loud, targets, mixture) < 0.1 * semantic.loss(right_where_silent, targets, mixture)
