"""Which notes sound, whose they are, and how high each is played."""
