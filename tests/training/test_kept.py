from milo_demo.training.kept import keyed


def test_what_is_kept_is_told_by_all_that_it_was_made_from(tmp_path):
    (tmp_path / "Annotations").mkdir()
    boxes = tmp_path / "Annotations" / "a.xml"
    boxes.write_text("one box")
    names = {keyed("pictures", 7, tmp_path, roles=("trunk",)), keyed("pictures", 7, tmp_path, roles=("trunk",))}
    assert len(names) == 1 and names.pop().startswith("pictures-")
    names = {keyed("pictures", seed, place, roles=roles) for seed in (7, 8) for place in (tmp_path, None)
             for roles in ((), ("trunk",), ("boxes",))}  # fmt: skip
    boxes.write_text("two boxes")
    names.add(keyed("pictures", 7, tmp_path))
    assert len(names) == 13
