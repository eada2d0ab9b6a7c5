"""What the models read: log-mel spectrograms, at one loudness."""
