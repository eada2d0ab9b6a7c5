import torch

from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.models.naming.vocabulary import AROUND, Vocabulary, _mean_around


def test_names_begin_as_they_are_heard_and_lean_on_what_is_around():
    torch.manual_seed(0)
    network = Vocabulary(["harpsichord", "speech"]).eval()
    features, heard = torch.rand(2, 30, 1024), torch.randn(2, 30, len(LABELS))
    words, names, families = network(features, heard)
    assert words.shape == (2, 30, 2) and families.shape == (2, 30, len(FAMILIES))
    torch.testing.assert_close(names, heard)
    with torch.no_grad():
        network.names.weight[LABELS.index("guitar"), 0] = -8  # what sounds like a harpsichord is no guitar
        network.words.weight.zero_()
        network.words.bias.copy_(torch.tensor([20.0, -20.0]))
    _, names, _ = network(features, heard)
    torch.testing.assert_close((heard - names)[..., LABELS.index("guitar")], torch.full((2, 30), 8.0))
    assert torch.equal(names[..., LABELS.index("tuba")], heard[..., LABELS.index("tuba")])


def test_the_mean_takes_in_the_steps_that_there_are():
    values = torch.arange(40.0)[:, None]
    mean = _mean_around(values)
    assert mean.shape == values.shape
    assert mean[20, 0] == 20 and mean[0, 0] == AROUND / 2 and mean[-1, 0] == 39 - AROUND / 2
    torch.testing.assert_close(_mean_around(values[:1]), values[:1])
