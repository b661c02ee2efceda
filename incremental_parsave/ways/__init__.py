"""The ways in which the frames of a movie are drawn, block by block: the fast one, and the plain one."""
