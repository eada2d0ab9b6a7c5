"""Published separators, as their documents describe them, to be compared with ours on the same sound."""
