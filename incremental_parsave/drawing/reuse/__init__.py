"""Find out which parts of a frame, and which whole frames, need not be drawn again."""
