"""Who of those who are seen and heard plays, and where the instrument is touched."""
