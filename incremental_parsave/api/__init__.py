"""The public interface: `save`, the animation classes that use it, and `record` of the 2015 proposal."""
