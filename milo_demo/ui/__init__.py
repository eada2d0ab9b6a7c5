"""The page: an analysis on one screen, and the live camera."""

from milo_demo.ui.layout import build
from milo_demo.ui.theme import look

__all__ = ["build", "look"]
