"""Recipes of what looks at players."""
