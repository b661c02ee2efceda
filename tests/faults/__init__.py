"""What is done to a build and its cache by others, and how the next build must come out."""
