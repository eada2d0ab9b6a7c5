"""What the beat is: made drum patterns and rendered scores of known tempo, and what is fitted to them."""
