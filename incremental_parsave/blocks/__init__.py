"""Blocks: where they begin, which of them are known and by what, and how one becomes a segment."""
