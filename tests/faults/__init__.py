"""Tests of outside damage: other programs damage the cache or kill processes, and the next build must succeed."""
