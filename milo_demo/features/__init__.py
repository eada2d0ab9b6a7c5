"""What the models read: log-mel spectrograms and patches at one loudness; and the tempo."""
