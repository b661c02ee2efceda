"""Cache keys: digests of every input that affects a result, and of nothing else."""
