from collections.abc import Iterator

import gradio
import httpx
import pytest

from milo_demo.ui import build, look, results


class Visitor(httpx.Client):
    """Asks the page that runs in this process.

    page : the Blocks that are served
    """

    page: gradio.Blocks


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[Visitor]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        results.home.cache_clear()
        page = build()
        _, url, _ = page.launch(**look(), prevent_thread_lock=True, quiet=True)
        with Visitor(base_url=url, timeout=30) as visitor:
            visitor.page = page
            yield visitor
        page.close()
        results.home.cache_clear()
