"""A track per instrument, and the notes that it plays."""
