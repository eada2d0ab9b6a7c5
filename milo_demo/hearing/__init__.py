"""The ear: what is heard, step by step, and from where."""
