"""The page as the tests in a browser find it. A module that needs another one has an `address` of its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.ui import drawn
from tests.ui.player.around.round_clip import arrive, bearing
from tests.ui.player.browser import Visit, analyse, button, eventually, picture_is_there, served, visiting


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """The page, its networks replaced by drawn analyses."""
    with served(tmp_path_factory.mktemp("served"), drawn.steps) as url:
        yield url


@pytest.fixture(scope="module")
def all_found(tmp_path_factory) -> Iterator[str]:
    """The same, where it is also found out who plays and where: an `address` for modules that want all there is."""
    with served(tmp_path_factory.mktemp("served"), drawn.played) as url:
        yield url


@pytest.fixture(scope="module")
def visit(address) -> Iterator[Visit]:
    with visiting(address) as visit:
        yield visit


@pytest.fixture
def _nothing_goes_wrong(visit) -> Iterator[None]:
    """And windows that the test opened are closed: each costs a tenth of a processor while nobody looks at it."""
    visit.wrong.clear()
    before = visit.browser.contexts
    yield
    assert visit.wrong == []
    for context in visit.browser.contexts:
        if context not in before:
            context.close()


@pytest.fixture(scope="module")
def duet(visit, tmp_path_factory) -> Page:
    """A page on which the duet has been analysed. Leave it as you found it."""
    page = visit()
    analyse(page, "duet.mp4", tmp_path_factory.mktemp("duet"))
    picture_is_there(page)
    return page


@pytest.fixture(scope="module")
def around(visit, tmp_path_factory) -> Page:
    """A page that shows a clip all round, where the address serves one. Every test begins by looking to the front."""
    page = arrive(visit, tmp_path_factory.mktemp("round"))
    page.locator(".milo-around").wait_for()
    return page


@pytest.fixture
def front(around) -> Page:
    button(around, "front").click()
    around.get_by_label("seen where").uncheck()
    eventually(lambda: bearing(around) == "You look to the front")
    return around
