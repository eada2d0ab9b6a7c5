"""The published separators beside ours, measured as their documents measure them."""
