"""The scene process: the supervisor starts it, and the script runs in it."""
