"""Files in, frames and samples out, all on one clock: seconds from the first frame of the normalised clip."""
