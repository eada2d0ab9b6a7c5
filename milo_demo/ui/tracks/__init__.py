"""The tracks on the page: a row to listen to for each, and their notes on a piano roll."""
