"""The line that says where things stand: ready, working on what, or what went wrong and what to do."""

from html import escape

STAGES: dict[str, tuple[str, float, float]] = {
    # stage: (what it is in plain words, where on the bar it begins, where it ends), after the time each takes
    "read": ("reading the file", 0.0, 0.02),
    "normalise": ("preparing the picture", 0.02, 0.2),
    "hear": ("listening", 0.2, 0.4),
    "see": ("looking for instruments", 0.4, 0.78),
    "play": ("telling who plays", 0.78, 0.8),
    "separate": ("separating the instruments", 0.8, 0.97),
    "write": ("writing the result", 0.97, 1.0),
}


def ready(message: str) -> str:
    return f'<p class="milo-status" role="status">{escape(message)}</p>'


def working(stage: str, fraction: float) -> str:
    """A stage of the analysis and how much of it is done, 0-1, on one bar for all stages."""
    words, begin, end = STAGES[stage]
    return bar(words, fraction, begin + (end - begin) * fraction)


def bar(words: str, fraction: float | None, filled: float | None = None) -> str:
    """A progress bar: what is being done, how much of it (None where it is not known), and how far the bar is filled,
    where that is something else."""
    text = f"{words} …" if fraction is None else f"{words} … {fraction * 100:.0f}\u202f%"
    filled = (fraction or 0.0) if filled is None else filled
    return (
        f'<div class="milo-status"><div class="milo-progress" role="progressbar" aria-label="Progress"'
        f' aria-valuemin="0" aria-valuemax="100" aria-valuenow="{filled * 100:.0f}" aria-valuetext="{escape(text)}">'
        f'<i style="width: {filled:.1%}"></i></div><p>{escape(text)}</p>'
        f'<p class="milo-unseen" role="status">{escape(words)}</p></div>'
    )


def answer(sentence: str) -> str:
    """The verdict in words, the first thing to read."""
    return f'<p class="milo-answer" role="status">{escape(sentence)}</p>'


def failed(sentence: str, advice: str = "Your file is still here.") -> str:
    return (
        f'<div class="milo-alert" role="alert"><strong>{escape(sentence)}</strong><span>{escape(advice)}</span></div>'
    )
