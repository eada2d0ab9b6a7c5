"""What is asked of a file before work on it begins: whether it can be read at all, read whole, and at what cost."""
