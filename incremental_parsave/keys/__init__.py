"""Keys: digests of everything that decides a result, and of nothing else."""
