"""Larger models by choice: others' networks that are fetched only when somebody asks for them, and then do one part of
the work in place of the bundled ones, or what no bundled one does."""

from milo_demo.large.fetching import fetch, is_here, lacking, missing, remove, require
from milo_demo.large.loading import Opened, load
from milo_demo.large.models import MODELS, Larger
from milo_demo.large.speed import expected_pace

__all__ = [
    "MODELS",
    "Larger",
    "Opened",
    "expected_pace",
    "fetch",
    "is_here",
    "lacking",
    "load",
    "missing",
    "remove",
    "require",
]
