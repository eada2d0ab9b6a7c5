"""The page of a collection: asked in words, looked through, and opened in the player clip by clip. It is only read."""
