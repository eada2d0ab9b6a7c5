"""Checkpoints: which there are, where they come from, one copy of each in memory."""

from milo_demo.weights.loader import Loaded, load
from milo_demo.weights.registry import ROLES, read_card, register

__all__ = ["ROLES", "Loaded", "load", "read_card", "register"]
