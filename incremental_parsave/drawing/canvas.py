"""The canvas that a figure is drawn on: its own, or the one that ``savefig`` puts in its place.

A figure that pyplot knows nothing of, one that was closed (matplotlib >= 3.11)
and one that a notebook has shown have a plain `FigureCanvasBase`.  To draw on
that one does nothing, so of the two draws a frame that ``Animation.save`` makes,
one falls away; and for each frame ``savefig`` makes an Agg canvas, draws on it,
and puts the old one back.
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
    """Whether ``savefig`` draws raw pixels on matplotlib's own Agg canvas, be it *canvas* or made for that."""
    return is_plain_agg(canvas) or (draws_nothing(canvas) and get_registered_canvas_class("rgba") is FigureCanvasAgg)


def draws_nothing(canvas: Any) -> bool:
    """Whether *canvas* is one that draws nothing by itself, as matplotlib made it."""
    return type(canvas) is FigureCanvasBase and not vars(canvas).keys() & {"draw", "print_rgba", "print_figure"}


class StandIn:
    """The canvas that a figure has while it is drawn, where its own draws nothing.

    It is kept from frame to frame: what the layout of a text remembers of a renderer would else be forgotten.

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
        """Have the figure on it, as ``savefig`` has; on its own canvas, if that is one that draws."""
        own = self._figure.canvas
        if not is_drawn_by_agg(own) or is_plain_agg(own):
            yield
            return
        # The barrier is not told: savefig does so, and it is no change of the figure.
        held = vars(self._figure)
        try:
            if self._canvas is None:
                with self._barrier.deaf():
                    self._canvas = FigureCanvasAgg(self._figure)
                self._canvas._is_saving = True
            held["canvas"] = self._canvas
            yield
        finally:
            held["canvas"] = own
