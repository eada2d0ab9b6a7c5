"""Recipes of what looks at players: hands and mouths, the made stage and its movements, which pixels sound."""
