import torch

from milo_demo.models.naming.atlas import Sheet
from milo_demo.training.naming import atlas
from milo_demo.training.naming.pairs import Features


def test_what_is_alike_lies_together():
    generator = torch.Generator().manual_seed(0)
    kinds = torch.rand(4, 200, generator=generator)
    labels = torch.arange(120) % 4
    features = Features(kinds[labels] + 0.1 * torch.rand(120, 200, generator=generator), labels)
    few = atlas.chosen(features, seed=1)
    assert torch.bincount(few.labels).tolist() == [atlas.EACH] * 4
    sheet = Sheet(len(few.labels), 200)
    atlas.lay_out(sheet, few, seed=1)
    assert sheet.places.abs().max() == 1
    nearest = torch.cdist(sheet.places, sheet.places).fill_diagonal_(9).argmin(dim=1)
    assert (sheet.labels[nearest] == sheet.labels).float().mean() > 0.95
    placed = sheet(features.values[:8])
    own = sheet.places[sheet.labels == 0]
    assert torch.cdist(placed[:1], own).min() < torch.cdist(placed[:1], sheet.places[sheet.labels != 0]).min()
