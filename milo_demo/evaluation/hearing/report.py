"""What the ear is worth, on real recordings that it was not trained on: ``python -m milo_demo evaluate hearing``.

`recordings` says what is listened to, `figures` what is counted, `rivals` who listens besides. What the page calls
*heard* is the column MILO; each of its models alone, YAMNet, the original tag model and chance stand beside it.
"""

from pathlib import Path

from milo_demo import weights
from milo_demo.evaluation.hearing import ablation, audio_metrics, baselines, tags
from milo_demo.evaluation.hearing.audio_metrics import Answer, Listener
from milo_demo.evaluation.hearing.recordings import recordings
from milo_demo.hearing import classify

Table = dict[str, dict[str, float]]
"""Figure -> who -> value."""
MILO = "MILO"
NAME_WIDTH = 50


def evaluate(data: Path, pictures: Path | None = None, variants: Path | None = None) -> Table:
    """Measure the bundled ear, its parts and its rivals; print and return the table. Takes some minutes.

    data     : folder with recordings, mixtures, weights and, for more silence and more music, clips
    pictures : folder to draw into: confusion.svg and recall.svg of the phrases
    variants : folder of other sound models (see `ablation`), to be compared in a table of their own

    Raises MiloError where the data or the checkpoints are missing.
    """
    data = Path(data)
    heard = list(recordings(data))
    answers = {who: audio_metrics.listen(listener, heard) for who, listener in _listeners(data).items()}
    table: Table = {}
    for who, said in answers.items():
        for name, figure in audio_metrics.figures(said).items():
            table.setdefault(f"{name} ({figure.count})", {})[who] = figure.value
    for name, figure in audio_metrics.chance(answers[MILO]).items():
        table[f"{name} ({figure.count})"]["chance"] = figure.value
    _print(table, audio_metrics.intervals(answers[MILO]))
    found = tags.agreement(baselines.bundled_tagger(), baselines.original_tagger(data), data)
    _print(found, {})
    if pictures is not None:
        _draw(answers[MILO], Path(pictures))
    if variants is not None:
        ablation.report(Path(variants), data, heard, None if pictures is None else Path(pictures))
    return table | found


def measure(listener: Listener, data: Path) -> dict[str, float]:
    """All figures of one listener, the number of recordings behind each in brackets."""
    said = audio_metrics.listen(listener, recordings(Path(data)))
    return {f"{name} ({figure.count})": figure.value for name, figure in audio_metrics.figures(said).items()}


def _listeners(data: Path) -> dict[str, Listener]:
    sound, spectrogram = (weights.load(role).module for role in ("sound", "spectrogram"))
    return {
        MILO: baselines.program(classify.Ear(sound, spectrogram)),
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


def _print(table: Table, intervals: dict[str, tuple[float, float]]) -> None:
    """One line per figure; the interval in brackets is the first column's."""
    names = list(dict.fromkeys(who for row in table.values() for who in row))
    print(f"{'':{NAME_WIDTH}}" + f"{names[0]:>7}{'90 % interval':>16}" + "".join(f"{who:>13}" for who in names[1:]))
    for figure, row in table.items():
        low, high = intervals.get(figure.rpartition(" (")[0], (None, None))
        within = "" if low is None else f"{low:.3f}-{high:.3f}"
        rest = "".join(f"{row[who]:13.3f}" if who in row else f"{'':13}" for who in names[1:])
        print(f"{figure:{NAME_WIDTH}}{row[names[0]]:7.3f}{within:>16}{rest}", flush=True)
