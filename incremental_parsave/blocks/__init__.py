"""Blocks: their layout, the questions whether a block is known, and how a block becomes a segment."""
