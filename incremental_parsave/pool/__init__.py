"""Building in parallel: one process steps all frames, and forked workers draw the blocks."""
