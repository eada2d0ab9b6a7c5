"""The box head's recipe: what it is taught by, on pictures that the trunk has seen once."""
