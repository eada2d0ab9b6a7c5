"""What the music is called and how fast it is, in a sentence."""

from html import escape

from milo_demo.analysis import Analysis, ModelUsed
from milo_demo.ui.tags.people import told

SAID = 6
"""Tags named in the sentence; the figure has the rest."""


def as_html(analysis: Analysis) -> str:
    """What the music is called and how fast it is, and whose word that is; empty where neither is known."""
    parts = []
    if there := [tag.name for tag in told(analysis) if tag.counts]:
        parts.append(f"sounds like <strong>{escape(', '.join(there[:SAID]))}</strong>")
    elif analysis.tags:
        parts.append("no tag is sure enough to say")
    if tempi_bpm := analysis.tempi_bpm():
        parts.append(f"about <strong>{' or '.join(f'{bpm:.0f}' for bpm in tempi_bpm)} beats per minute</strong>")
    elif analysis.maps.tempo_bpm.size:
        parts.append("no steady beat")
    if not parts:
        return ""
    sentence = "; ".join(parts)
    models = [model for model in analysis.models if model.role == "tags"]
    source = "".join(f"<p class='milo-hint'>{escape(_source(model))}</p>" for model in models)
    return f"<h2>Tags and tempo</h2><p class='milo-said'>{sentence[0].upper()}{sentence[1:]}.</p>{source}"


def _source(model: ModelUsed) -> str:
    """Which tag model it was, and what its scores mean."""
    kind = "imported original" if model.origin == "imported" else "distilled: taught by the original what to say"
    return f"Tag model: {model.name} {model.version}, {kind}. As everywhere, 50 % is where a tag counts as there."
