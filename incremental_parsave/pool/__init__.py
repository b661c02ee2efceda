"""Worker processes: one process steps all frames, forked ones draw the blocks."""
