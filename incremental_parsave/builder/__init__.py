"""Build a movie: ask the questions in order, and draw the blocks that no answer covers."""
