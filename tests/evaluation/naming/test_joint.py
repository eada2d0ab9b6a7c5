from pathlib import Path

import pytest

from milo_demo.evaluation.naming import joint


@pytest.mark.parametrize("given", [True, False])
def test_what_it_prepares_stays_where_one_says_and_nowhere_else(given, tmp_path, monkeypatch):
    """It is a gigabyte, and lay in whatever folder one was in."""
    used: list[Path] = []

    def prepared(data: Path, workdir: Path, seed: int) -> None:
        used.append(workdir)
        (workdir / "library.s16").write_bytes(b"gigabytes")
        raise InterruptedError

    monkeypatch.setattr(joint.joint, "gathered", prepared)
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / "kept"
    kept.mkdir()
    with pytest.raises(InterruptedError):
        joint.evaluate(tmp_path, kept if given else None)
    assert list(tmp_path.rglob("*")) == ([kept, kept / "library.s16"] if given else [kept])
    assert used[0].exists() == given
