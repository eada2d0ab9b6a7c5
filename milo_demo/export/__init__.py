"""Files to take away: the annotated video, and what starts and stops when."""
