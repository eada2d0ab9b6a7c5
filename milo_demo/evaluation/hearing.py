"""What the ear is worth, on real recordings that it was not trained on: ``python -m milo_demo evaluate hearing``.

`recordings` says what is listened to, `figures` what is counted, `rivals` who listens besides. What the page calls
*heard* is the column MILO; each of its models alone, YAMNet, the original tag model and chance stand beside it.
"""

from pathlib import Path

from milo_demo import hearing, weights
from milo_demo.evaluation import ablation, figures, rivals, tags
from milo_demo.evaluation.figures import Answer, Listener
from milo_demo.evaluation.recordings import recordings

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
    answers = {who: figures.listen(listener, heard) for who, listener in _listeners(data).items()}
    table: Table = {}
    for who, said in answers.items():
        for name, figure in figures.figures(said).items():
            table.setdefault(f"{name} ({figure.count})", {})[who] = figure.value
    for name, figure in figures.chance(answers[MILO]).items():
        table[f"{name} ({figure.count})"]["chance"] = figure.value
    _print(table, figures.intervals(answers[MILO]))
    found = tags.agreement(rivals.bundled_tagger(), rivals.original_tagger(data), data)
    _print(found, {})
    if pictures is not None:
        _draw(answers[MILO], Path(pictures))
    if variants is not None:
        ablation.report(Path(variants), data, heard, None if pictures is None else Path(pictures))
    return table | found


def measure(listener: Listener, data: Path) -> dict[str, float]:
    """All figures of one listener, the number of recordings behind each in brackets."""
    said = figures.listen(listener, recordings(Path(data)))
    return {f"{name} ({figure.count})": figure.value for name, figure in figures.figures(said).items()}


def _listeners(data: Path) -> dict[str, Listener]:
    sound, spectrogram = (weights.load(role).module for role in ("sound", "spectrogram"))
    return {
        MILO: rivals.program(hearing.Ear(sound, spectrogram)),
        "sound model": rivals.sound_alone(sound),
        "spectrogram": rivals.spectrogram_alone(spectrogram),
        "YAMNet": rivals.yamnet(data),
        "clip2frame": rivals.by_tags(rivals.original_tagger(data)),
    }


def _draw(answers: list[Answer], folder: Path) -> None:
    from milo_demo.evaluation import pictures  # matplotlib is needed for nothing else

    title = "Solo phrases that MILO was not trained on"
    pictures.confusion(figures.confusion(answers), folder / "confusion.svg", title)
    pictures.recalls(figures.recalls(answers), folder / "recall.svg", title)


def _print(table: Table, intervals: dict[str, tuple[float, float]]) -> None:
    """One line per figure; the interval in brackets is the first column's."""
    names = list(dict.fromkeys(who for row in table.values() for who in row))
    print(f"{'':{NAME_WIDTH}}" + f"{names[0]:>7}{'90 % interval':>16}" + "".join(f"{who:>13}" for who in names[1:]))
    for figure, row in table.items():
        low, high = intervals.get(figure.rpartition(" (")[0], (None, None))
        within = "" if low is None else f"{low:.3f}-{high:.3f}"
        rest = "".join(f"{row[who]:13.3f}" if who in row else f"{'':13}" for who in names[1:])
        print(f"{figure:{NAME_WIDTH}}{row[names[0]]:7.3f}{within:>16}{rest}", flush=True)
