"""Commands of ``iparsave``, one per module."""
