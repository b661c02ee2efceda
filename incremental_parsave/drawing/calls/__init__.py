"""A frame as its calls of Agg's compiled renderer: recorded, frozen and replayed."""
