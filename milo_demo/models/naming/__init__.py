"""Networks that give names: what else a sound may be, and what ear and eye know together."""
