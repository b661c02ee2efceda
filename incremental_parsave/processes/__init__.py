"""Processes: forked, asleep, ended, and whether whoever waits for them is still there."""
