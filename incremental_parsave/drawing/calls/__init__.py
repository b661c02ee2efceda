"""A frame as the calls that it makes of Agg's compiled renderer: recorded, frozen, and made again."""
