"""The page: an analysis on one screen, and the live camera."""

from milo_demo import machine

machine.make_way_for_the_page()

from milo_demo.ui.gate.launching import look  # noqa: E402 - imports Gradio, which looks around it once
from milo_demo.ui.layout import build  # noqa: E402

__all__ = ["build", "look"]
