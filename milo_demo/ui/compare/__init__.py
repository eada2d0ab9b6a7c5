"""A few seconds of the clip as several separators take them apart, to listen to one after the other."""
