"""The eye: what is seen, step by step, and where."""
