"""All names of matplotlib's Agg backend that display lists rely on, including private ones.

``tests/test_matplotlib_names.py`` checks them on matplotlib 3.10.0 and 3.11.2.
The behaviour of the compiled renderer was read from ``src/_backend_agg*``,
``src/py_converters.*`` and ``src/py_adaptors.h`` of both versions.
"""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends import _backend_agg
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

__all__ = ["Compiled", "FigureCanvasAgg", "GraphicsContextBase", "RendererAgg"]

Compiled = getattr(_backend_agg, "RendererAgg", object)
"""The compiled renderer."""

VERSION = str(matplotlib.__version__)

DRAWING = (
    "clear", "draw_gouraud_triangles", "draw_image", "draw_markers", "draw_path", "draw_path_collection",
    "draw_quad_mesh", "draw_text_image",
)  # fmt: skip
"""Methods of the compiled renderer that draw.  Apart from the clip-path mask, they read only their arguments."""

READING = ("copy_from_bbox", "restore_region")
"""Methods of the compiled renderer that read pixels, or write back pixels that were read."""

CONTEXT_ATTRIBUTES = (
    "_linewidth", "_alpha", "_forced_alpha", "_rgb", "_antialiased", "_capstyle", "_joinstyle", "_cliprect",
)  # fmt: skip
"""Attributes of a graphics context that the compiled renderer reads."""

CONTEXT_METHODS = (
    "get_dashes", "get_clip_path", "get_snap", "get_hatch_path", "get_hatch_color", "get_hatch_linewidth",
    "get_sketch_params",
)  # fmt: skip
"""Methods of a graphics context that the compiled renderer calls."""

SAME_TRANSFORM = 1e-14
"""Tolerance within which the compiled renderer treats two clip-path transforms as equal (Agg's ``affine_epsilon``)."""


class _Nothing:
    """A path of zero length, with the attributes that the compiled renderer reads."""

    should_simplify, simplify_threshold, codes = False, 0.0, None

    def __init__(self) -> None:
        self.vertices = np.zeros((2, 2))


class _NothingsContext:
    """The graphics context of a stroke that changes no pixels and is clipped to a path of zero length."""

    _linewidth, _alpha, _forced_alpha, _antialiased = 0.0, 1.0, False, True
    _rgb, _capstyle, _joinstyle = (0.0, 0.0, 0.0, 0.0), "butt", "round"
    _cliprect: Any = None
    _clip = _Nothing()  # never freed, so no other path can get its address

    def get_dashes(self) -> tuple[float, None]:
        return 0.0, None

    def get_clip_path(self) -> tuple[_Nothing, None]:
        return self._clip, None

    def get_snap(self) -> bool:
        return False

    def get_hatch_path(self) -> None:
        return None

    def get_hatch_color(self) -> tuple[float, float, float, float]:
        return 0.0, 0.0, 0.0, 0.0

    def get_hatch_linewidth(self) -> float:
        return 0.0

    def get_sketch_params(self) -> None:
        return None


def forget_clip_path(compiled: Any) -> None:
    """Make *compiled* treat the next clip path as new, whatever it has drawn before.

    The renderer keeps the mask of the last clip path, and identifies that path
    only by the address of its vertices.  Once these are freed, the vertices of
    another path may be allocated at the same address.
    """
    compiled.draw_path(_NothingsContext(), _Nothing(), None, None)


def own_renderer_of(canvas: Any) -> Any:
    """Return the renderer that *canvas* draws on; create it if there is none for the size of the canvas."""
    return FigureCanvasAgg.get_renderer(canvas)


def was_drawn_on(canvas: Any, size: tuple[int, int], dpi: float) -> bool:
    """Return whether the renderer that matplotlib uses for frames of this *size* and *dpi* already holds a drawing."""
    renderer = vars(canvas).get("renderer")
    if renderer is None or (int(renderer.width), int(renderer.height), renderer.dpi) != (*size, dpi):
        return False
    return bool(np.asarray(renderer._renderer).any())


class Exchange:
    """A replacement of the compiled part of a renderer, in force until `undo` is called.

    The renderer object itself stays the canvas's own.  Some artists keep a
    reference to it, and ask it later for the size of a text; they keep the
    same reference as after an ordinary draw.

    Parameters
    ----------
    renderer : RendererAgg
    instead : object
        Called in place of the compiled renderer.
    text : callable
        Called in place of ``draw_text`` for text that is not mathtext, with the
        same arguments except ``ismath``.  Returns False, having drawn nothing,
        if it cannot handle the text.
    pixels : callable
        Called in place of ``buffer_rgba``, except while an Agg filter makes the
        renderer draw on a temporary canvas.
    """

    def __init__(self, renderer: Any, instead: Any, text: Any, pixels: Any) -> None:
        self.renderer, self._instead = renderer, instead
        self.compiled = renderer._renderer
        renderer._renderer = instead
        renderer._update_methods()

        def draw_text(
            gc: Any, x: Any, y: Any, s: Any, prop: Any, angle: Any, ismath: Any = False, mtext: Any = None
        ) -> None:
            if ismath or renderer._renderer is not instead or not text(gc, x, y, s, prop, angle, mtext):
                RendererAgg.draw_text(renderer, gc, x, y, s, prop, angle, ismath=ismath, mtext=mtext)

        renderer.draw_text = draw_text
        renderer.buffer_rgba = lambda: pixels() if renderer._renderer is instead else RendererAgg.buffer_rgba(renderer)

    def undo(self) -> None:
        """Put the compiled part back, even if the draw was interrupted inside a filter."""
        renderer = self.renderer
        del renderer.buffer_rgba, renderer.draw_text
        waiting = renderer._filter_renderers
        waiting[:] = [self.compiled if one is self._instead else one for one in waiting]
        if renderer._renderer is self._instead:
            renderer._renderer = self.compiled
        renderer._update_methods()
