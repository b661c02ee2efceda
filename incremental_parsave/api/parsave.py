"""The interface of the 2015 proposal to matplotlib (pull request 4509), on top of this package."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from ..errors import FramesError
from ..media.stitcher import Stitcher
from ..model import Movie
from ..mpl import animation as mpl_animation
from .saving import build_for, joined_by


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
    """Record a movie block by block in parallel processes, and join the blocks.

    Parameters
    ----------
    fname : path-like
        Path of the movie.
    fig : matplotlib.figure.Figure
        The figure on which the animation draws.
    anim_func : callable
        Called with the value of each frame, as `matplotlib.animation.FuncAnimation` does.
    init_func : callable or None
        Draws the background.
    blocks : sequence of sequences
        The values of the frames, one sequence per block.  Each block becomes one segment.
    writer : AbstractMovieWriter or type or str
        A movie writer of matplotlib, its class, or its registered name.
    stitcher : Stitcher
        Joins the segments; not used for a single block.
    keep : bool, default: False
        Also leave the segments beside the movie, as ``<stem>-<j>.<ext>``.
    **kwargs
        Passed to `matplotlib.animation.FuncAnimation`.

    Returns
    -------
    Movie

    Raises
    ------
    FramesError
        If there are no frames.
    IparsaveError
        If a worker, the encoder or the stitcher fails.  An existing movie is kept.

    Notes
    -----
    All blocks, in order, are the frames of one animation.  So ``anim_func`` finds in
    one block the state that it left in the block before.
    """
    lengths = tuple(len(block) for block in blocks if len(block))
    if not lengths:
        raise FramesError("the blocks contain no frames", "pass at least one")
    anim = mpl_animation.FuncAnimation(fig, anim_func, frames=list(chain(*blocks)), init_func=init_func, **kwargs)
    if isinstance(writer, type):
        writer = writer()
    changes = {"lengths": lengths, **joined_by(stitcher), "keep": keep}
    return build_for(anim, {"filename": fname, "writer": writer}, changes)


class Parsave:
    """The class that holds `record` in the 2015 proposal."""

    record = staticmethod(record)
