"""Drawing a frame, and telling two frames apart.

Today a frame is drawn for real and known by its pixels.  Display lists (the
calls that reach the renderer, recorded) will stand beside `pixels`.
"""
