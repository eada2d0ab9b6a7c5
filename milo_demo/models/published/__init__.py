"""The networks of published separators, to be compared with ours."""
