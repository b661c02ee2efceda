"""Processes: fork them, let them sleep, end them, and see whether their command is still there."""
