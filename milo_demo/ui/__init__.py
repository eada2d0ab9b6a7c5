"""The page. It knows `Analysis` and nothing of how one comes about."""

from milo_demo.ui.layout import build
from milo_demo.ui.theme import look

__all__ = ["build", "look"]
