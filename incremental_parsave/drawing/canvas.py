"""The canvas on which a figure is drawn: its own, or the one that ``savefig`` substitutes.

A figure has a plain `FigureCanvasBase` if pyplot does not manage it, if it was
closed (matplotlib >= 3.11), or if a notebook has shown it.  Drawing on such a
canvas does nothing.  So ``Animation.save`` draws each frame only once instead of
twice: ``savefig`` creates an Agg canvas, draws on it, and puts the old canvas back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from matplotlib.backend_bases import FigureCanvasBase, get_registered_canvas_class
from matplotlib.backends.backend_agg import FigureCanvasAgg

from .pixels import is_plain_agg
from .reuse.barrier import Barrier


def is_drawn_by_agg(canvas: Any) -> bool:
    """Return whether ``savefig`` draws raw pixels on matplotlib's own Agg canvas: *canvas* itself, or a new one."""
    return is_plain_agg(canvas) or (draws_nothing(canvas) and get_registered_canvas_class("rgba") is FigureCanvasAgg)


def draws_nothing(canvas: Any) -> bool:
    """Return whether *canvas* is matplotlib's base canvas, unmodified, which draws nothing."""
    return type(canvas) is FigureCanvasBase and not vars(canvas).keys() & {"draw", "print_rgba", "print_figure"}


class StandIn:
    """The canvas that a figure has while it is drawn, if its own canvas draws nothing.

    It is kept from frame to frame, since matplotlib caches text metrics per renderer:
    with a new canvas, the cache would be empty again.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    barrier : Barrier
    """

    def __init__(self, figure: Any, barrier: Barrier) -> None:
        self._figure, self._barrier = figure, barrier
        self._canvas: Any = None

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Put the stand-in on the figure, as ``savefig`` does with its canvas, unless the figure's own canvas draws."""
        own = self._figure.canvas
        if not is_drawn_by_agg(own) or is_plain_agg(own):
            yield
            return
        # Bypass the barrier: savefig replaces the canvas in the same way, which does not change what the figure shows.
        held = vars(self._figure)
        try:
            if self._canvas is None:
                with self._barrier.suspended():
                    self._canvas = FigureCanvasAgg(self._figure)
                self._canvas._is_saving = True
            held["canvas"] = self._canvas
            yield
        finally:
            held["canvas"] = own
