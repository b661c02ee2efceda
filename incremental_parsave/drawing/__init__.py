"""Drawing a frame, and telling two frames apart.

A frame is either drawn and identified by its pixels (`pixels`), or identified by its
recorded calls of Agg's compiled renderer, before any pixel is drawn.  To read about
recording, start with `calls.display_list`, and continue with `recorder` and
`calls.replay`.
"""
