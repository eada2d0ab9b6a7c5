"""Recipes: how the bundled checkpoints are made."""
