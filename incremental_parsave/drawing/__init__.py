"""Drawing a frame, and telling two frames apart.

A frame is drawn for real and known by its pixels (`pixels`); or the calls that
reach the compiled renderer are recorded, and it is known by them before a
pixel is there (`display_list`, where to begin; `recorder`, `replay`).
"""
