"""Where everything stands on the page, and which event goes to which function."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from milo_demo.instruments import INSTRUMENTS
from milo_demo.tags import GROUPS
from milo_demo.ui import about, live, models, results, runs, views
from milo_demo.ui.collection import page as beside
from milo_demo.ui.compare import panel as compare
from milo_demo.ui.entry import choosing, header, naming
from milo_demo.ui.entry.examples import SHOWN
from milo_demo.ui.player_data import file_url
from milo_demo.ui.programs import endpoints
from milo_demo.ui.results import EXAMPLES
from milo_demo.ui.tracks import who
from milo_demo.ui.words import pending

PLAYER = Path(__file__).parent / "player"

Component = Any
"""One of Gradio's, whose events are made at run time."""

HEARD_AT_ONCE = 20
"""Visitors whose runs are under way or wait for a place (`runs.PLACES`); more wait unseen."""

SCRIPT = f"import(new URL('{file_url(PLAYER / 'mount.js')}', document.baseURI))"
MOUNT = f"{SCRIPT}.then((player) => player.mount(element, props, watch));"
MOUNT_LAYERS = f"{SCRIPT}.then((player) => player.mountLayers(element, trigger));"
MOUNT_EXPLAIN = f"{SCRIPT}.then((player) => player.mountExplain(element, props, watch, trigger));"

WISH = "(folder, told, busy) => [folder, document.querySelector('.milo-player').dataset.wish, busy]"
"""Tells the server what is seen and heard."""
CORRECTION = "(folder, told, busy) => [folder, document.querySelector('.milo-player').dataset.correction, busy]"
"""Tells the server which name is wrong."""

QUIET: dict = {"show_progress": "hidden", "api_visibility": "private"}
"""The page shows progress in one place of its own, and its events are no programming interface."""
AT_ONCE: dict[str, Any] = QUIET | {"queue": False}
DRAWN_AT_ONCE = 2


def build(collection: Path | None = None) -> gr.Blocks:
    """The page, ready to be launched with the options of `theme.look`.

    collection : shown on a page beside it; raises MiloError where it is none
    """
    gr.set_static_paths([PLAYER, *(EXAMPLES / name for example in SHOWN for name in (example.file, example.picture))])
    with gr.Blocks(title="MILO", analytics_enabled=False, fill_width=True, delete_cache=(3600, 6 * 3600)) as page:
        state = {
            "source": gr.State(None),
            "folder": gr.State(None, delete_callback=results.discard),
            "analysed": gr.State(None),
            "busy": gr.State(False),
        }
        endpoints.add({"concurrency_limit": HEARD_AT_ONCE, "concurrency_id": "work"})  # before events of like names
        gr.HTML(html_template=header.HTML, js_on_load=header.SCRIPT, apply_default_css=False)
        form = _form()
        where, picks = _where()
        (result, layers), (tracks, asking) = _result(), _tracks()
        compare.panel(state["folder"], QUIET)
        tags = _tags()
        explain = gr.HTML(
            {},
            html_template=(PLAYER / "explain" / "explain.html").read_text(encoding="utf-8"),
            js_on_load=MOUNT_EXPLAIN,
            apply_default_css=False,
        )
        choice = models.panel(QUIET)
        with gr.Accordion("How it works, and what it cannot know", open=False, elem_id="milo-about"):
            gr.Markdown(about.text())
            gr.HTML(about.movements(), apply_default_css=False)
        live.panel()
        upload, separate = form.pop("upload"), form.pop("separate")
        view = views.View(**form, **where, **result, **tracks, **tags, **state, explain=explain)
        explain.expand(results.explain, view.folder, list(view), **QUIET)
        told = gr.Textbox(visible=False)  # bears what the browser says to the server
        _wire_choice(view, upload, asking)
        _wire_runs(view, picks, [separate, *choice], asking)
        _wire_result(view, told)
        correct, asked = unless((True, views.DRAWING), results.correct), [view.folder, told, view.busy]
        layers.apply(correct, asked, list(view), js=CORRECTION, trigger_mode="multiple", **QUIET)
        opened = partial(results.opened, collection=collection)
        page.load(opened, told, list(view), js="() => window.location.hash", **QUIET, queue=False)
    if collection is not None:
        beside.add(page, collection, header.SCRIPT)
    return page


def _form() -> dict[str, Component]:
    """What is to be analysed, on one line: the file, the part of it, and the button."""
    with gr.Row(elem_id="milo-input"):
        named = gr.HTML(apply_default_css=False, elem_id="milo-named")
        with gr.Column(elem_id="milo-source", scale=0, min_width=90):
            upload = gr.UploadButton("Replace", size="md")
        start_s = gr.Number(0, label="From (s)", minimum=0, step=1, min_width=70, elem_id="milo-from")
        duration_s = gr.Number(None, label="For (s)", minimum=0, step=1, min_width=70, elem_id="milo-for")
        track = gr.Dropdown(
            [(naming.MILOS_CHOICE, 0)], value=0, label="Sound track", visible=False, elem_id="milo-sound-track"
        )
        other_part = gr.Button(
            "Another part", visible=False, size="md", scale=0, min_width=90, elem_id="milo-other-part"
        )
        separate = gr.Checkbox(True, label="Separate tracks", container=False, min_width=130, elem_id="milo-separate")
        analyse = gr.Button("Analyse", variant="primary", interactive=False, size="md", elem_id="milo-analyse")
    return {
        "named": named,
        "upload": upload,
        "start_s": start_s,
        "duration_s": duration_s,
        "track": track,
        "other_part": other_part,
        "separate": separate,
        "analyse": analyse,
    }


def _where() -> tuple[dict[str, Component], dict[str, Component]]:
    """The line that says where things stand; and, by the example's path, the buttons that the pictures of the examples
    press, which nobody sees."""
    refused = gr.HTML(apply_default_css=False, elem_id="milo-refused")
    with gr.Row(elem_id="milo-where"):
        status = gr.HTML(apply_default_css=False, scale=4, min_width=160)
        cancel = gr.Button("Cancel", visible=False, size="md", scale=0, min_width=120, elem_id="milo-cancel")
        back = gr.Button("Back", visible=False, size="md", scale=0, min_width=120, elem_id="milo-back")
        with gr.Row(elem_id="milo-examples") as examples:
            picks: dict[str, Component] = {
                str(EXAMPLES / example.file): gr.Button(elem_id=f"milo-example-{example.name}") for example in SHOWN
            }
    return {"status": status, "refused": refused, "cancel": cancel, "back": back, "examples": examples}, picks


def _result() -> tuple[dict[str, Component], Component]:
    """The player with its lanes, the answer, the verdict in rows, and the files; and the controls under the lanes."""
    with gr.Row(elem_id="milo-result"):
        with gr.Column(scale=7, min_width=320, elem_id="milo-left"):
            player = gr.HTML(
                {"state": "idle"},
                html_template=_player(),
                js_on_load=MOUNT,
                apply_default_css=False,
                elem_id="milo-player",
            )
            with gr.Row(elem_id="milo-missing"):
                left_out = gr.HTML(apply_default_css=False)
                whole = gr.Button("Analyse all", visible=False, size="md", scale=0, min_width=150, elem_id="milo-whole")
            with gr.Column(elem_id="milo-timeline"):
                timeline = gr.Plot(visible=False, show_label=False, container=False)
            layers = gr.HTML(
                html_template=_layers(), js_on_load=MOUNT_LAYERS, apply_default_css=False, elem_id="milo-layers"
            )
        with gr.Column(scale=4, min_width=300, elem_id="milo-right"):
            answer = gr.HTML(apply_default_css=False, elem_id="milo-answer")
            verdict = gr.HTML(pending(views.PENDING["idle"]), apply_default_css=False, elem_id="milo-verdict")
            again = gr.Button("Analyse again", visible=False, size="md", elem_id="milo-again")
            files = gr.HTML(apply_default_css=False, elem_id="milo-files")
            with gr.Row(elem_id="milo-making"):
                annotate = gr.Button("Make annotated video", visible=False, size="md", min_width=100)
                pack = gr.Button("Pack everything", visible=False, size="md", min_width=100)
                stop = gr.Button("Stop drawing", visible=False, size="md", min_width=100, elem_id="milo-stop")
    shown = {
        "player": player,
        "left_out": left_out,
        "whole": whole,
        "timeline": timeline,
        "answer": answer,
        "verdict": verdict,
        "again": again,
        "files": files,
        "annotate": annotate,
        "pack": pack,
        "stop": stop,
    }
    return shown, layers


def _player() -> str:
    """The player, in whose empty screen stand the ways to begin."""
    pictures = "".join(
        f'<li><button type="button" data-example="{example.name}"><img src="{file_url(EXAMPLES / example.picture)}"'
        f' alt="" width="160" height="90"><b>{example.title}</b><span>{example.line}</span></button></li>'
        for example in SHOWN
    )
    html, recording = (
        (PLAYER / path).read_text(encoding="utf-8") for path in ("player.html", "recording/recording.html")
    )
    return html.replace("<!-- examples -->", pictures).replace("<!-- recording -->", recording)


def _layers() -> str:
    """The controls under the lanes; a wrong name can become any that MILO knows."""
    names = "".join(f'<option value="{it.name}">{it.title}</option>' for it in INSTRUMENTS)
    return (PLAYER / "layers.html").read_text(encoding="utf-8").replace("<!-- instruments -->", names)


def _tracks() -> tuple[dict[str, Component], who.Who]:
    """The mixer, a row for each instrument, and what each plays; and the line that asks for others."""
    with gr.Column(elem_id="milo-tracks"):
        separated, asking = gr.HTML(apply_default_css=False), who.panel()
        with gr.Column(elem_id="milo-notes"):
            roll = gr.Plot(visible=False, show_label=False, container=False)
        downloads = gr.HTML(apply_default_css=False)
    return {"separated": separated, "make": asking.make, "roll": roll, "downloads": downloads}, asking


def _tags() -> dict[str, Component]:
    """What the music is called, and how fast it is."""
    with gr.Column(elem_id="milo-tags"):
        tags = gr.HTML(apply_default_css=False)
        unfolded = gr.CheckboxGroup(
            [(f"all {group.lower()} tags", group) for group in GROUPS],
            label="Show every tag of a group",
            visible=False,
            container=False,
            elem_id="milo-unfold",
        )
        strips = gr.Plot(visible=False, show_label=False, container=False)
    return {"tags": tags, "unfolded": unfolded, "strips": strips}


def _wire_choice(view: views.View, upload: Component, asking: who.Who) -> None:
    """A file comes: by button, dropped, recorded (the browser gives all of them to the same input)."""
    outputs = list(view)
    upload.upload(list, None, asking.players, **AT_ONCE)
    chosen = upload.upload(
        choosing.chosen, [upload, view.busy, view.folder], outputs, **AT_ONCE, trigger_mode="always_last"
    )
    chosen.then(choosing.outlined, [view.source, view.busy], outputs, **QUIET, trigger_mode="always_last")
    anew = view.other_part.click(choosing.other_part, [view.analysed, view.busy, view.folder], outputs, **AT_ONCE)
    anew.then(choosing.outlined, [view.source, view.busy], outputs, **QUIET)
    view.back.click(runs.back, [view.folder, view.analysed], outputs, **AT_ONCE)


def _wire_runs(view: views.View, picks: dict[str, Component], by: list[Component], asking: who.Who) -> None:
    """What begins a run, and what ends one."""
    outputs = list(view)
    part, last, how = [view.start_s, view.duration_s], [view.folder, view.analysed], [view.track, *by]
    work = {"outputs": outputs, "concurrency_limit": HEARD_AT_ONCE, "concurrency_id": "work"} | QUIET
    anew = [view.source, *part, *last, *how]
    asked = [
        (view.analyse.click, runs.analyse, anew),
        (view.again.click, runs.again, [*part, *last, *how]),
        (view.whole.click, runs.whole, [*last, *how]),
        (view.make.click, runs.named, [*last, asking.players, *by[1:]]),
    ]
    for path, pick in picks.items():
        picked = pick.click(partial(choosing.picked, path), None, outputs, **AT_ONCE)
        asked.append((picked.then, runs.analyse, anew))
    started = [
        event(runs.waiting, view.busy, outputs, **AT_ONCE).then(
            unless((views.DRAWING,), fn), [*inputs, view.busy], **work
        )
        for event, fn, inputs in asked
    ]
    view.cancel.click(None, cancels=started)
    # What is shown after a cancelled run follows the run itself: its last message may still be under way.
    for event in started:
        event.then(runs.settled, [view.busy, *last, view.source, *part], outputs, **AT_ONCE)


def _wire_result(view: views.View, told: Component) -> None:
    """What is done with a result."""
    outputs = list(view)
    view.unfolded.input(results.unfold, [view.unfolded, view.folder], outputs, **QUIET, trigger_mode="always_last")
    asked, draw = [view.folder, told, view.busy], unless((True,), results.annotate)
    drawing = view.annotate.click(results.asked_to_draw, view.busy, outputs, **AT_ONCE).then(
        draw, asked, outputs, js=WISH, concurrency_limit=DRAWN_AT_ONCE, **QUIET
    )
    view.pack.click(results.pack, view.folder, outputs, **QUIET)
    view.stop.click(None, cancels=[drawing])
    drawing.then(results.settled_drawing, [view.busy, view.source], outputs, **AT_ONCE)


def unless(others: tuple[bool | str, ...], fn: Callable[..., Iterator[views.View]]) -> Callable[..., Iterator]:
    """`fn` as an event calls it that tells at last what the page is busy with: where that is one of `others`, nothing
    happens. Two clicks may come at once, before the first has locked the other's button."""

    def turn(*told: Any) -> Iterator[views.View]:
        *inputs, busy = told
        if busy not in others:
            yield from fn(*inputs)

    turn.__name__ = fn.__name__  # after which Gradio calls the event
    return turn
