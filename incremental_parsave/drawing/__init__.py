"""Drawing a frame, and telling two frames apart.

Either a frame is drawn and identified by its pixels (`pixels`); or its calls of
Agg's compiled renderer are recorded, and identify it before any pixel is drawn.
For the latter, start with `calls.display_list`; then see `recorder` and
`calls.replay`.
"""
