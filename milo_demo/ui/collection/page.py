"""The collection's page: questions and filters, the clips that answer them, and charts of them all.

Its address carries the question, so that an answer can be handed out as a link.
"""

import re
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import gradio as gr

from milo_demo.collection.clip import NOTE
from milo_demo.collection.finding import LIMIT, Answer, Finder, Unreadable
from milo_demo.collection.overview import lanes, picture, totals
from milo_demo.collection.place import open_collection
from milo_demo.errors import MiloError
from milo_demo.instruments import INSTRUMENTS
from milo_demo.tags import TAGS
from milo_demo.ui import status
from milo_demo.ui.collection import cards, charts

PATH = "collection"
MOST = 200
"""Clips on the page: who wants more asks more narrowly."""
LONGEST = 500
"""Characters of a question."""
LIKE = re.compile(r"\s*like\s+([0-9a-f]{16})\s*,?(.*)", re.DOTALL)
SENSES = ("heard", "seen", "played")
ANYHOW = "anyhow"
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

HEADER = """
<header class="milo-header">
  <h1>MILO</h1>
  <p>a collection of {clips} clips{failed}</p>
  <nav><button type="button" class="milo-dark" aria-label="Light or dark" aria-pressed="false">☾</button></nav>
</header>
"""


def add(page: gr.Blocks, folder: Path, head: str) -> None:
    """A page beside the player's.

    head : the script of its header

    Raises MiloError where `folder` is no collection that can be read.
    """
    told = totals(finder(folder))
    failed = f", {told.failed} more could not be analysed" if told.failed else ""
    with page.route("Collection", f"/{PATH}"):
        gr.HTML(HEADER.format(clips=f"{told.clips:,}", failed=failed), js_on_load=head, apply_default_css=False)
        with gr.Row(elem_id="milo-asking"):
            asked = gr.Textbox(label="Ask", placeholder="flute heard not seen", scale=4, elem_id="milo-ask")
            who = gr.Dropdown([("", ""), *((it.title, it.name) for it in INSTRUMENTS)], value="", label="Who", scale=2)
            how = gr.Dropdown([ANYHOW, *SENSES], value=ANYHOW, label="How", scale=1, min_width=110)
            tag = gr.Dropdown(["", *sorted(TAGS)], value="", label="Tag", scale=2)
        wrong = gr.HTML(apply_default_css=False)
        found = gr.HTML(apply_default_css=False, elem_id="milo-found")
        more = gr.Button("More", visible=False, size="md", elem_id="milo-more")
        limit = gr.State(LIMIT)
        with gr.Accordion("All of them in charts", open=False):
            for chart in charts.all_of(told):
                gr.Plot(chart, show_label=False, container=False)
        inputs, outputs = [asked, who, how, tag, limit], [wrong, found, more, limit]
        answer = partial(answered, folder)
        for event in (asked.submit, who.change, how.change, tag.change):
            event(answer, inputs[:-1], outputs, **QUIET)
        more.click(lambda shown: shown + LIMIT, limit, limit, **QUIET).then(answer, inputs, outputs, **QUIET)
        page.load(_begun, None, asked, **QUIET).then(answer, inputs[:-1], outputs, **QUIET)


def finder(folder: Path) -> Finder:
    """The collection as it is now: a run may be adding to it."""
    return _finder(folder, open_collection(folder).parts)


def answered(folder: Path, asked: str, who: str, how: str, tag: str, limit: int = LIMIT) -> tuple:
    """What the page shows for a question and the filters beside it: a sentence that says what is wrong, the clips,
    whether there are more, and how many are shown."""
    limit = min(max(int(limit), 1), MOST)
    wish = (asked or "")[:LONGEST], who or "", how, tag or "", limit
    try:
        try:
            table, count = _answer(folder, *wish)
        except Unreadable:  # a run has just written the tables anew
            table, count = _answer(folder, *wish)
    except MiloError as error:
        return status.failed(str(error)), "", gr.update(visible=False), LIMIT
    return "", table, gr.update(visible=limit < min(count, MOST)), limit


def _answer(folder: Path, *wish: Any) -> tuple[str, int]:
    """The clips that are meant, and how many there are in all."""
    open_now = finder(folder)
    answer = found(open_now, *wish)
    pictures = {clip.clip_id: shown(open_now.collection.clip(clip.clip_id), clip.at_s) for clip in answer.clips}
    drawn = lanes(open_now, [clip.clip_id for clip in answer.clips])
    return cards.table(answer.clips, answer.count, pictures, drawn), answer.count


def found(open_now: Finder, asked: str, who: str, how: str, tag: str, limit: int) -> Answer:
    """The clips that a question and filters mean; all where nothing is asked. Raises MiloError where it makes no
    sense."""
    like, rest = None, asked
    if alike := LIKE.fullmatch(asked):
        like, rest = alike.groups()
    sense = f" {how}" if how in SENSES else ""
    filters = [f"{who}{sense}" if who else "", f"tag {tag}" if tag else ""]
    if like is None and not any([rest.strip(), *filters]):
        rest = "longer than 0 s"
    return open_now.find(rest, like, limit, filters)


@lru_cache(1)
def _finder(folder: Path, parts: tuple[str, ...]) -> Finder:
    return Finder(folder)


def shown(folder: Path, time_s: float) -> bytes | None:
    """A clip's picture; made once, as long as the clip is the same."""
    with suppress(OSError):
        return _picture(folder, (folder / NOTE).stat().st_mtime_ns, round(time_s, 1))


@lru_cache(2000)
def _picture(folder: Path, changed: int, time_s: float) -> bytes:
    """Raises FileNotFoundError where there is none, which is not remembered: it may come."""
    if (made := picture(folder, time_s)) is None:
        raise FileNotFoundError(folder)
    return made


def _begun(request: gr.Request) -> str:
    """The question in the page's address."""
    return str(dict(request.query_params).get("ask", ""))[:LONGEST]
