"""The ear's recipes: sounds with exact truth, one recipe per model."""
