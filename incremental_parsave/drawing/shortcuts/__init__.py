"""What matplotlib computes many times over in a movie, computed once: layouts of texts, ticks, parsed mathtext."""
