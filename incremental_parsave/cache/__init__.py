"""The cache: segments, records, and what is remembered from one build to the next."""
