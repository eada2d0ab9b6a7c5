"""Recipes of what tells playing from being there: the made stage, the movement network, the source localiser."""
