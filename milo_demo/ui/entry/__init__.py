"""What surrounds a run: what is to be analysed, whose turn it is, and how long it will take."""
