"""Building a movie: the questions in order, and what is done where they do not help."""
