"""The cache: segments, records, and everything else that one build keeps for the next."""
