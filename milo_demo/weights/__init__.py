"""Checkpoints: which there are, where they come from, one copy of each in memory."""

from milo_demo.weights.card import Card
from milo_demo.weights.loader import Checkpoint, Loaded, cards, find, is_loaded, load
from milo_demo.weights.registry import ASKED, ROLES, register

__all__ = ["ASKED", "ROLES", "Card", "Checkpoint", "Loaded", "cards", "find", "is_loaded", "load", "register"]
