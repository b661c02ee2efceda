"""Supervisor: the part of the command that starts scene processes, keeps them asleep and handles their events."""
