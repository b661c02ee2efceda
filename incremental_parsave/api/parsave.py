"""The interface of the 2015 proposal to matplotlib (pull request 4509), over all this."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from ..errors import FramesError
from ..media.stitcher import Stitcher
from ..model import Movie
from ..mpl import animation as names
from .saving import build_for


def record(
    fname: str | os.PathLike[str],
    fig: Any,
    anim_func: Callable[..., Any],
    init_func: Callable[[], Any] | None,
    blocks: Sequence[Sequence[Any]],
    writer: Any,
    stitcher: Stitcher,
    keep: bool = False,
    **kwargs: Any,
) -> Movie:
    """Record a movie block by block in parallel processes, and stitch the blocks.

    Parameters
    ----------
    fname : path-like
        The movie.
    fig : matplotlib.figure.Figure
        Where the animation draws.
    anim_func : callable
        Called with each frame's value, as by `matplotlib.animation.FuncAnimation`.
    init_func : callable or None
        Draws the background.
    blocks : sequence of sequences
        The values of the frames, a sequence for each block; one segment each.
    writer : AbstractMovieWriter or type or str
        A movie writer of matplotlib's, its class, or its registered name.
    stitcher : Stitcher
        What joins the segments; not used for a single block.
    keep : bool, default: False
        Leave the segments beside the movie, as ``<stem>-<j>.<ext>``.
    **kwargs
        For `matplotlib.animation.FuncAnimation`.

    Returns
    -------
    Movie

    Raises
    ------
    FramesError
        If there are no frames.
    IparsaveError
        If a worker, the encoder or the stitcher fails.  A movie that was there
        is kept.

    Notes
    -----
    The frames are those of one animation over all blocks in order, so what
    ``anim_func`` leaves behind in one block is there in the next.
    """
    lengths = tuple(len(block) for block in blocks if len(block))
    if not lengths:
        raise FramesError("the blocks contain no frames", "pass at least one")
    anim = names.FuncAnimation(fig, anim_func, frames=list(chain(*blocks)), init_func=init_func, **kwargs)
    if isinstance(writer, type):
        writer = writer()
    changes = {"lengths": lengths, "stitcher": stitcher, "keep": keep}
    return build_for(anim, {"filename": fname, "writer": writer}, changes)


class Parsave:
    """The name under which the 2015 proposal had `record`."""

    record = staticmethod(record)
