"""Digests of values by content: equal values have equal digests in every process."""
