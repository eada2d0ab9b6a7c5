"""What the models read: log-mel spectrograms and patches at one loudness; the tempo; the cuts."""
