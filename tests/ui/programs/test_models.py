"""The switch for language models, where their packages are and where they are not."""

import pytest
from gradio import mcp

from milo_demo.errors import MiloError
from milo_demo.ui import look
from milo_demo.ui.gate.keeping import clear_told, told
from milo_demo.ui.programs.models import Tools, pieces


def test_without_the_packages_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(mcp, "GradioMCPServer", object)
    with pytest.raises(MiloError, match=r"requirements-mcp\.txt"):
        look(mcp=True)
    assert look()["mcp_server"] is False


def test_gradios_server_still_has_what_is_changed_in_it():
    for name in ("_prepare_tool_call_args", "_execute_tool_without_progress", "postprocess_output_data"):
        assert name in vars(Tools.__base__) and name in vars(Tools)


@pytest.mark.parametrize("word", ["file", "start_s", "result", "extra"])
def test_no_object_reaches_gradios_client_which_would_upload_the_file_that_it_names(word):
    file = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    for value in (file, [file]):
        with pytest.raises(ValueError, match=f"^{word} must be a number"):
            Tools.__new__(Tools)._prepare_tool_call_args("analyse", {word: value})


def test_every_file_is_a_piece_of_its_own():
    file = {"path": "/a/b.jpg", "meta": {"_type": "gradio.FileData"}}
    assert pieces([file, file]) == [file, file] and pieces(file) == [file] and pieces([]) == ["[]"]


def test_clips_within_requests_go_once_none_is_under_way():
    (told() / "clip").mkdir(parents=True)
    clear_told()
    assert not told().exists()
