"""How well sounds are taken apart, and whose notes are found, on mixtures whose parts are known."""
