"""Recipes of what judges names: a wider vocabulary, and ear and eye together."""
