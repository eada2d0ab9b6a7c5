"""Fetching larger models from a Hub on loopback: broken off and taken up again, and refused where they are others."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from milo_demo import AnalysisOptions, analyse, large
from milo_demo.__main__ import main
from milo_demo.errors import MiloError
from milo_demo.large import commands, fetching, models
from milo_demo.large.models import MODELS
from tests.large import tiny

ROOT = Path(__file__).parents[2]


@pytest.fixture
def files() -> dict[str, bytes]:
    """Of a model that nobody loads: only its bytes count."""
    config = json.dumps({"architectures": ["ASTForAudioClassification"]}).encode()
    return {"config.json": config, "preprocessor_config.json": b"{}", "model.safetensors": bytes(range(256)) * 8_000}


@pytest.fixture
def ast(hub, monkeypatch, files):
    monkeypatch.setattr(fetching, "find_spec", lambda package: True)  # it need not be installed for this
    hub.asked.clear()
    return tiny.served(hub, monkeypatch, "ast", files)


def test_real_models_are_pinned_to_the_last_bit():
    for model in MODELS.values():
        assert len(model.revision) == 40 and len(model.sha256) == 64 and model.numbers.endswith(".safetensors")
        assert not [path for path in model.beside if not path.endswith((".json", ".txt"))]


def test_nothing_is_fetched_before_somebody_asks(hub, ast, example, tmp_path):
    with pytest.raises(MiloError, match="AST is not on this computer: fetch it under Models on the page, or with"):
        analyse(example, AnalysisOptions(ear="ast"), out=tmp_path / "result")
    assert hub.asked == [] and not (tmp_path / "result").exists() and not large.is_here("ast")


def test_a_model_is_fetched_with_progress_and_kept(hub, ast, files):
    fractions = list(large.fetch("ast"))
    assert fractions == sorted(fractions) and fractions[-1] == 1 and len(set(fractions)) > 4
    assert large.is_here("ast") and {path: (fetching.folder_of(ast) / path).read_bytes() for path in files} == files
    hub.asked.clear()
    assert list(large.fetch("ast")) == [1.0] and hub.asked == []
    assert large.remove("ast") and not large.remove("ast") and not large.is_here("ast")


def test_what_was_cancelled_is_taken_up_where_it_was(hub, ast):
    with closing(large.fetch("ast")) as fractions:
        reached = next(fraction for fraction in fractions if fraction > 0.3)
    assert not large.is_here("ast")
    hub.asked.clear()
    assert reached < next(large.fetch("ast")) < 1
    [again] = hub.asked
    assert int(again.split()[2]) == pytest.approx(reached * ast.size)


def test_what_another_thread_cancels_can_be_fetched_again(hub, ast):
    """A page begins a generator in one thread, and closes it in another."""
    fractions = large.fetch("ast")
    with ThreadPoolExecutor(1) as other:
        other.submit(next, fractions).result()
        fractions.close()
        list(large.fetch("ast"))
    assert large.is_here("ast")


def test_a_connection_that_breaks_costs_nothing_of_what_has_come(hub, ast):
    hub.bytes_left = 700_000
    with pytest.raises(MiloError, match="check the connection and the disk, and try again; what has come is kept"):
        list(large.fetch("ast"))
    hub.asked.clear()
    list(large.fetch("ast"))
    assert large.is_here("ast") and hub.asked[0].split()[2] == "700000"


def test_large_files_may_lie_elsewhere(hub, ast):
    hub.elsewhere = True
    with closing(large.fetch("ast")) as fractions:
        next(fraction for fraction in fractions if fraction > 0.3)
    hub.asked.clear()
    list(large.fetch("ast"))
    hub.elsewhere = False
    assert large.is_here("ast") and hub.asked[1].startswith("GET /cdn/") and len(hub.asked[1].split()) == 3


def test_a_hub_that_is_not_reached_is_one_sentence(ast, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(MiloError, match="AST could not be fetched"):
        list(large.fetch("ast"))


@pytest.mark.parametrize("change, said", [
    ({"sha256": "0" * 64}, "is not the file that MILO knows: it was deleted"),
    ({"size": 1_000_000}, "is not the file that MILO knows: it was deleted"),
    ({"revision": "f" * 40}, "has no commit f{40} any more: update MILO"),
    ({"repository": "someone/gone"}, "someone/gone is not there any more, or private"),
    ({"architecture": "Wav2Vec2ForCTC"}, "holds no Wav2Vec2ForCTC at this commit: MILO loads nothing else"),
])  # fmt: skip
def test_other_bytes_commits_and_classes_are_refused(hub, ast, monkeypatch, change, said):
    monkeypatch.setitem(models.MODELS, "ast", replace(ast, **change))
    with pytest.raises(MiloError, match=said):
        list(large.fetch("ast"))
    assert not large.is_here("ast") and not list(fetching.folder_of(MODELS["ast"]).glob("*.part"))
    if "architecture" in change:
        assert not [line for line in hub.asked if "safetensors" in line], "the large file was not even asked for"


@pytest.mark.parametrize("content", [b'{"feature_extractor_type": "ASTFea', b"\xff\xfe\xff", b""])
def test_a_description_that_is_not_whole_is_refused(hub, monkeypatch, files, content):
    monkeypatch.setattr(fetching, "find_spec", lambda package: True)
    model = tiny.served(hub, monkeypatch, "ast", files | {"preprocessor_config.json": content})
    with pytest.raises(MiloError, match=r"as preprocessor_config\.json of AST is not the file"):
        list(large.fetch("ast"))
    assert not large.is_here("ast") and {path.name for path in fetching.folder_of(model).glob("*.json*")} == {
        "config.json"
    }


def test_what_may_have_been_cut_off_does_not_count(hub, ast, monkeypatch):
    monkeypatch.setattr(hub, "says_lengths", False)
    with pytest.raises(MiloError, match=r"could not be fetched \(IncompleteRead\)"):
        list(large.fetch("ast"))
    assert not list(fetching.folder_of(ast).glob("*.json"))


def test_a_repository_that_holds_pickles_alone_is_refused(hub, ast, monkeypatch, files):
    pickled = {"pytorch_model.bin": files.pop("model.safetensors")} | files
    model = replace(MODELS["ast"], revision=hub.put(MODELS["ast"].repository, pickled))
    monkeypatch.setitem(models.MODELS, "ast", model)
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    hub.asked.clear()
    with pytest.raises(MiloError, match="MILO reads no others, since unpickling would run what they say"):
        list(large.fetch("ast"))
    assert not [line for line in hub.asked if ".bin" in line]


def test_two_do_not_fetch_the_same_at_once(ast):
    with closing(large.fetch("ast")) as first:
        next(first)
        with pytest.raises(MiloError, match="being fetched already"):
            list(large.fetch("ast"))


def test_a_full_disk_is_said_before_it_is_full(ast, monkeypatch):
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda place: type("Disk", (), {"free": 500_000_000}))
    with pytest.raises(MiloError, match="There is no room for AST"):
        list(large.fetch("ast"))


def test_a_package_that_is_not_installed_is_one_sentence(monkeypatch):
    monkeypatch.setattr(fetching, "find_spec", lambda package: None)
    with pytest.raises(MiloError, match=r"HTDemucs needs the package demucs, which is not installed: pip install -r"):
        large.require("htdemucs")
    with pytest.raises(MiloError, match="which is not installed"):
        next(large.fetch("htdemucs"))


@pytest.mark.parametrize("command", ["analyse", "batch"])
def test_what_is_missing_is_said_before_anything_is_made(command, example, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(fetching, "find_spec", lambda package: True)
    wish = [command, str(example), "--out", str(tmp_path / "out"), "--look-for", "theremin", "--separator", "htdemucs"]
    assert main(wish) == 2
    assert capsys.readouterr().err.startswith("HTDemucs is not on this computer: fetch it under Models on the page")
    assert not (tmp_path / "out").exists()


def test_who_stops_the_command_is_told_that_what_has_come_is_kept(ast, monkeypatch, capsys):
    def stopped(name):
        yield 0.5
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "fetch", stopped)
    assert main(["weights", "fetch", "ast"]) == 130
    assert capsys.readouterr().err == "Stopped; what has come is kept.\n"


def test_the_command_line_fetches_and_removes(hub, small, monkeypatch, tmp_path):
    name = "ast"
    pinned = tiny.served(hub, monkeypatch, name, small(name))
    program = (
        "import sys, dataclasses\n"
        "from milo_demo.large.models import MODELS\n"
        f"MODELS[{name!r}] = dataclasses.replace(MODELS[{name!r}], revision={pinned.revision!r}, "
        f"sha256={pinned.sha256!r}, size={pinned.size})\n"
        "from milo_demo.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )

    def run(*arguments: str) -> tuple[int, str, str]:
        command = [sys.executable, "-c", program, *arguments]
        told = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, env=told, cwd=tmp_path)
        return done.returncode, done.stdout, done.stderr

    code, out, wrong = run("weights", "fetch", name)
    assert code == 0 and "AST is on this computer" in out, wrong
    assert large.is_here(name)
    assert run("weights", "fetch", name, "--remove")[1] == "AST is deleted.\n"
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    code, out, wrong = run("weights", "fetch", name)
    assert code == 2 and wrong.count("\n") == 1 and "could not be fetched" in wrong
