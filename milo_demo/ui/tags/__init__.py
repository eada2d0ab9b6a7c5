"""What the music is called and how fast it is: a sentence, and strips of light over time."""
