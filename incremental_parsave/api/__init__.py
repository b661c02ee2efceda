"""What people import: `save`, the animations whose `.save` it is, and the interface of the 2015 proposal."""
