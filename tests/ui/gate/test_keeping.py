import os

from milo_demo.ui.gate.keeping import HALF_S, KEPT_S, sweep


def test_old_results_go_and_the_oldest_finished_ones_where_there_are_too_many(tmp_path):
    top, now_s = tmp_path / "results", 1e9
    for name, age_s, finished in (
        ("gone", KEPT_S + 1, False),
        ("old", 300, True),
        ("run", 200, False),
        ("new", 100, True),
    ):
        folder = top / name
        folder.mkdir(parents=True)
        (folder / "video.mp4").write_bytes(bytes(1000))
        if finished:
            (folder / "analysis.json").write_text("")
        os.utime(folder, (now_s - age_s,) * 2)
    half = tmp_path / "tmphalf"
    half.write_bytes(b"x")
    os.utime(half, (now_s - HALF_S - 1,) * 2)
    sweep(top, now_s)
    assert {folder.name for folder in top.iterdir()} == {"old", "run", "new"} and not half.exists()
    sweep(top, now_s, most_bytes=2000)
    assert {folder.name for folder in top.iterdir()} == {"run", "new"}
    sweep(top, now_s, most_bytes=0)
    assert {folder.name for folder in top.iterdir()} == {"run"}
