"""Where everything stands on the page, and which event goes to which function."""

from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from milo_demo.instruments import INSTRUMENTS
from milo_demo.tags import GROUPS
from milo_demo.ui import about, live, results, runs, views
from milo_demo.ui.player_data import file_url
from milo_demo.ui.results import EXAMPLES
from milo_demo.ui.words import pending

PLAYER = Path(__file__).parent / "player"

Component = Any
"""One of Gradio's, whose events are made at run time."""

AT_ONCE = 2
"""Runs at once, over all visitors: on two cores a third only makes everyone wait longer."""

HEADER = """
<header class="milo-header">
  <h1>MILO</h1>
  <p>who plays what, when and where</p>
  <nav><button type="button" class="milo-dark" aria-label="Light or dark" aria-pressed="false">☾</button></nav>
</header>
"""

SCRIPT = f"import(new URL('{file_url(PLAYER / 'mount.js')}', document.baseURI))"
MOUNT = f"{SCRIPT}.then((player) => player.mount(element, props, watch));"
MOUNT_LAYERS = f"{SCRIPT}.then((player) => player.mountLayers(element, trigger));"
MOUNT_EXPLAIN = f"{SCRIPT}.then((player) => player.mountExplain(element, props, watch, trigger));"

WISH = "(folder) => [folder, document.querySelector('.milo-player').dataset.wish]"
"""Tells the server what is seen and heard."""
CORRECTION = "(folder) => [folder, document.querySelector('.milo-player').dataset.correction]"
"""Tells the server which name is wrong."""

DARK = """
const button = element.querySelector('.milo-dark');
const show = () => button.setAttribute('aria-pressed', document.body.classList.contains('dark'));
const kept = localStorage.getItem('milo-dark');
if (kept) document.body.classList.toggle('dark', kept === 'yes');
button.addEventListener('click', () => {
  localStorage.setItem('milo-dark', document.body.classList.toggle('dark') ? 'yes' : 'no');
  show();
});
show();
"""

QUIET: dict = {"show_progress": "hidden", "api_visibility": "private"}
"""The page shows progress in one place of its own, and its events are no programming interface."""


def build() -> gr.Blocks:
    """The page, ready to be launched with the options of `theme.look`."""
    gr.set_static_paths([PLAYER, EXAMPLES])
    with gr.Blocks(title="MILO", analytics_enabled=False, fill_width=True, delete_cache=(3600, 6 * 3600)) as page:
        state = {"folder": gr.State(None, delete_callback=results.discard), "busy": gr.State(False)}
        gr.HTML(html_template=HEADER, js_on_load=DARK, apply_default_css=False)
        form = _form()
        where, picks = _where()
        (result, layers), tracks, tags = _result(), _tracks(), _tags()
        explain = gr.HTML(
            {},
            html_template=(PLAYER / "explain" / "explain.html").read_text(encoding="utf-8"),
            js_on_load=MOUNT_EXPLAIN,
            apply_default_css=False,
        )
        with gr.Accordion("How it works, and what it cannot know", open=False, elem_id="milo-about"):
            gr.Markdown(about.text())
            gr.HTML(about.movements(), apply_default_css=False)
        live.panel()
        parts = {**where, **result, **tracks, **tags, **state}
        view = views.View(analyse=form["analyse"], track=form["track"], explain=explain, **parts)
        explain.expand(results.explain, view.folder, list(view), **QUIET)
        told = gr.Textbox(visible=False)  # bears what the browser says to the server
        _wire(view, form, picks, told)
        layers.apply(results.correct, [view.folder, told], list(view), js=CORRECTION, trigger_mode="multiple", **QUIET)
        page.load(results.opened, told, list(view), js="() => window.location.hash", **QUIET, queue=False)
    return page


def _form() -> dict[str, Component]:
    """What to analyse: the file, the part of it, and the button."""
    with gr.Row(elem_id="milo-input", equal_height=True):
        source = gr.File(label="Video or sound", height=126, scale=3, min_width=300, elem_id="milo-source")
        with gr.Column(scale=2, min_width=300):
            with gr.Row():
                start_s = gr.Number(0, label="From (seconds)", step=1, min_width=100)
                duration_s = gr.Number(runs.DEFAULT_DURATION_S, label="For (seconds)", step=1, min_width=100)
            track = gr.Dropdown([(views.MILOS_CHOICE, 0)], value=0, label="Sound track", visible=False)
            separate = gr.Checkbox(True, label="Separate tracks", container=False)
            analyse = gr.Button("Analyse", variant="primary", interactive=False)
    return {
        "source": source,
        "start_s": start_s,
        "duration_s": duration_s,
        "track": track,
        "separate": separate,
        "analyse": analyse,
    }


def _where() -> tuple[dict[str, Component], dict[str, Component]]:
    """The line that says where things stand; and other ways to begin, by the example's path, and "camera"."""
    with gr.Row(elem_id="milo-where"):
        status = gr.HTML(runs.chosen(None, False).status, apply_default_css=False, scale=4, min_width=280)
        cancel = gr.Button("Cancel", visible=False, size="md", scale=0, min_width=120)
        with gr.Row(elem_id="milo-examples") as examples:
            picks: dict[str, Component] = {
                str(path): gr.Button(
                    f"Try an example: {path.stem.replace('_', ' ')}",
                    size="md",
                    min_width=100,
                    elem_id=f"milo-example-{path.stem}",
                )
                for path in sorted(EXAMPLES.glob("*.mp4"))
            }
            picks["camera"] = gr.Button("Use the camera", size="md", min_width=100)
    return {"status": status, "cancel": cancel, "examples": examples}, picks


def _result() -> tuple[dict[str, Component], Component]:
    """The answer, the player with its lanes, the verdict in rows, and the files; and the controls under the lanes."""
    answer = gr.HTML(apply_default_css=False, elem_id="milo-answer")
    with gr.Row(elem_id="milo-result"):
        with gr.Column(scale=7, min_width=320):
            player = gr.HTML(
                {"state": "idle"},
                html_template=(PLAYER / "player.html").read_text(encoding="utf-8"),
                js_on_load=MOUNT,
                apply_default_css=False,
                elem_id="milo-player",
            )
            with gr.Column(elem_id="milo-timeline"):
                timeline = gr.Plot(visible=False, show_label=False, container=False)
            layers = gr.HTML(html_template=_layers(), js_on_load=MOUNT_LAYERS, apply_default_css=False)
        with gr.Column(scale=4, min_width=300):
            verdict = gr.HTML(pending(views.PENDING["idle"]), apply_default_css=False, elem_id="milo-verdict")
            again = gr.Button("Analyse again", visible=False, elem_id="milo-again")
            files = gr.HTML(apply_default_css=False, elem_id="milo-files")
            with gr.Row():
                annotate = gr.Button("Make annotated video", visible=False, min_width=100)
                pack = gr.Button("Pack everything", visible=False, min_width=100)
                stop = gr.Button("Stop drawing", visible=False, min_width=100)
    shown = {
        "answer": answer,
        "player": player,
        "timeline": timeline,
        "verdict": verdict,
        "again": again,
        "files": files,
        "annotate": annotate,
        "pack": pack,
        "stop": stop,
    }
    return shown, layers


def _layers() -> str:
    """The controls under the lanes; a wrong name can become any that MILO knows."""
    names = "".join(f'<option value="{it.name}">{it.title}</option>' for it in INSTRUMENTS)
    return (PLAYER / "layers.html").read_text(encoding="utf-8").replace("<!-- instruments -->", names)


def _tracks() -> dict[str, Component]:
    """The mixer, a row for each instrument, and what each plays."""
    with gr.Column(elem_id="milo-tracks"):
        separated = gr.HTML(apply_default_css=False)
        with gr.Column(elem_id="milo-notes"):
            roll = gr.Plot(visible=False, show_label=False, container=False)
        downloads = gr.HTML(apply_default_css=False)
    return {"separated": separated, "roll": roll, "downloads": downloads}


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


def _wire(view: views.View, form: dict[str, Component], picks: dict[str, Component], told: Component) -> None:
    """Which event goes to which function."""
    outputs, source = list(view), form["source"]
    run = {
        "inputs": [source, form["start_s"], form["duration_s"], view.folder, form["track"], form["separate"]],
        "outputs": outputs,
        "concurrency_limit": AT_ONCE,
        "concurrency_id": "work",
    }
    at_once: dict[str, Any] = QUIET | {"queue": False}
    # Taking a file away and choosing the next one may overlap: what counts is how things stand in the end.
    changes = [source.upload, source.clear, source.delete]
    gr.on(changes, runs.chosen, [source, view.busy], outputs, **at_once, trigger_mode="always_last")
    started = [
        button.click(runs.waiting, None, outputs, **at_once).then(fn, **run, **QUIET)
        for button, fn in ((view.analyse, runs.analyse), (view.again, runs.again))
    ]
    picks.pop("camera").click(None, js=live.OPEN, **QUIET)
    for path, pick in picks.items():
        picked = pick.click(partial(runs.picked, path), None, [source, view.track], **at_once)
        started.append(picked.then(runs.waiting, None, outputs, **at_once).then(runs.analyse, **run, **QUIET))
    view.cancel.click(None, cancels=started)
    view.unfolded.input(results.unfold, [view.unfolded, view.folder], outputs, **QUIET, trigger_mode="always_last")
    drawing = view.annotate.click(
        results.annotate, [view.folder, told], outputs, js=WISH, concurrency_id="work", **QUIET
    )
    view.pack.click(results.pack, view.folder, outputs, **QUIET)
    view.stop.click(None, cancels=[drawing])
    # What is shown after a cancelled run follows the run itself: its last message may still be under way.
    for event, settled in [*((event, runs.settled) for event in started), (drawing, results.settled_drawing)]:
        event.then(settled, view.busy, outputs, **at_once)
