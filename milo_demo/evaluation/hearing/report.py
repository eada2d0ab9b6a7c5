"""What the ear is worth, on real recordings that it was not trained on: ``python -m milo_demo evaluate hearing``.

`recordings` says what is listened to, `audio_metrics` what is counted, `baselines` who listens besides. What the page
calls *heard* is the column MILO; each of its models alone, YAMNet, the original tag model and chance stand beside it.
"""

from dataclasses import replace
from pathlib import Path

from milo_demo import weights
from milo_demo.evaluation.hearing import ablation, audio_metrics, baselines, tags
from milo_demo.evaluation.hearing import openmic as comparable
from milo_demo.evaluation.hearing.answers import Answer, Listener, listen
from milo_demo.evaluation.hearing.recordings import recordings
from milo_demo.evaluation.table import Printer, Table, by_row
from milo_demo.hearing import classify

MILO = "MILO"


def evaluate(
    data: Path, pictures: Path | None = None, variants: Path | None = None, openmic: Path | None = None
) -> Table:
    """Measure the bundled ear, its parts and the baselines; print and return what is found. Takes some minutes.

    data     : folder with recordings, mixtures, weights and, for more silence and more music, clips
    pictures : folder to draw into: confusion.svg and recall.svg of the phrases
    variants : folder of other sound models (see `ablation`), to be compared as well
    openmic  : folder of OpenMIC-2018 as published, to be listened to as well

    Raises MiloError where the data or the checkpoints are missing.
    """
    data, printer = Path(data), Printer()
    heard = list(recordings(data))
    answers = {who: listen(listener, heard) for who, listener in _listeners(data).items()}
    printer.show(compare(answers))
    printer.show(tags.agreement(baselines.bundled_tagger(), baselines.original_tagger(data), data))
    if openmic is not None:
        printer.show(comparable.openmic(Path(openmic), classify.load(tags=False)))
    if pictures is not None:
        _draw(answers[MILO], Path(pictures))
    if variants is not None:
        variants = Path(variants)
        compared = ablation.compare(variants, heard)
        printer.show(compared)
        printer.show(ablation.by_frame(variants, next(iter(compared)), data))
        if pictures is not None:
            for name in compared:
                ablation.draw_widths(variants, name, Path(pictures))
    return printer.table


def compare(answers: dict[str, list[Answer]]) -> Table:
    """All figures of all who answered, and chance; intervals of MILO's. Takes seconds."""
    figures = {who: audio_metrics.figures(said) for who, said in answers.items()}
    bounds = audio_metrics.intervals(answers[MILO])
    figures[MILO] = {name: replace(figure, interval=bounds.get(name)) for name, figure in figures[MILO].items()}
    return by_row(figures | {"chance": audio_metrics.chance(answers[MILO])})


def _listeners(data: Path) -> dict[str, Listener]:
    sound, spectrogram = (weights.load(role).module for role in ("sound", "spectrogram"))
    return {
        MILO: baselines.program(classify.load(tags=False)),
        "without words": baselines.program(classify.Ear(sound, spectrogram)),
        "sound model": baselines.sound_alone(sound),
        "spectrogram": baselines.spectrogram_alone(spectrogram),
        "YAMNet": baselines.yamnet(data),
        "clip2frame": baselines.by_tags(baselines.original_tagger(data)),
    }


def _draw(answers: list[Answer], folder: Path) -> None:
    from milo_demo import plots  # matplotlib is needed for nothing else

    title = "Solo phrases that MILO was not trained on"
    plots.confusion(audio_metrics.confusion(answers), folder / "confusion.svg", title)
    plots.recalls(audio_metrics.recalls(answers), folder / "recall.svg", title)
