"""Every name of matplotlib's Agg backend that display lists rely on, private ones included.

Checked on matplotlib 3.9.0 and 3.11.2 by ``tests/test_matplotlib_names.py``.
What is known of the compiled renderer was read in ``src/_backend_agg*``,
``src/py_converters.*`` and ``src/py_adaptors.h`` of both.
"""

from __future__ import annotations

import functools
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends._backend_agg import RendererAgg as Compiled
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

__all__ = ["Compiled", "FigureCanvasAgg", "GraphicsContextBase", "RendererAgg"]

VERSION = str(matplotlib.__version__)

DRAWING = (
    "clear", "draw_gouraud_triangles", "draw_image", "draw_markers", "draw_path", "draw_path_collection",
    "draw_quad_mesh", "draw_text_image",
)  # fmt: skip
"""The entries of the compiled renderer that draw; they read nothing but their arguments."""

READING = ("copy_from_bbox", "restore_region")
"""Those that read pixels, or write what was read."""

CONTEXT_ATTRIBUTES = (
    "_linewidth", "_alpha", "_forced_alpha", "_rgb", "_antialiased", "_capstyle", "_joinstyle", "_cliprect",
)  # fmt: skip
"""What the compiled renderer reads of a graphics context."""

CONTEXT_METHODS = (
    "get_dashes", "get_clip_path", "get_snap", "get_hatch_path", "get_hatch_color", "get_hatch_linewidth",
    "get_sketch_params",
)  # fmt: skip
"""What it calls of one."""

SAME_TRANSFORM = 1e-14
"""Two clip paths' transforms are one to the compiled renderer up to this (Agg's ``affine_epsilon``)."""


class _Nothing:
    """A path of no length, as the compiled renderer reads one."""

    should_simplify, simplify_threshold, codes = False, 0.0, None

    def __init__(self) -> None:
        self.vertices = np.zeros((2, 2))


class _NothingsContext:
    """The context of a stroke that leaves no mark, clipped to a path of no length."""

    _linewidth, _alpha, _forced_alpha, _antialiased = 0.0, 1.0, False, True
    _rgb, _capstyle, _joinstyle = (0.0, 0.0, 0.0, 0.0), "butt", "round"
    _cliprect: Any = None
    _clip = _Nothing()  # never freed, so no other path is ever taken for it

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
    """Let *compiled* take the next clip path for a new one, whatever it has drawn.

    It keeps the mask of the last clip path, and knows that path by the address
    of its vertices alone.  Once they are freed, those of another may lie there.
    """
    compiled.draw_path(_NothingsContext(), _Nothing(), None, None)


@functools.cache
def knows_read_only_paths() -> bool:
    """Whether a clip path whose vertices are read-only is known again by their address.

    Up to 3.9 the renderer makes a copy of such an array for each call, and
    knows the path by the address of the copy.
    """
    compiled = Compiled(4, 4, 72.0)
    area, clip = _Nothing(), _Nothing()
    area.vertices = clip.vertices = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    clip.vertices.flags.writeable = False
    context = _NothingsContext()
    context._clip = clip
    held = []  # so that a copy does not come to lie where the last one lay
    for rectangle in ((0, 0, 1, 4), (0, 0, 4, 4)):
        context._cliprect = np.array(rectangle, dtype=np.float64)
        compiled.draw_path(context, area, None, (0.0, 0.0, 0.0, 1.0))
        held.append([np.zeros((4, 2)) for _ in range(8)])
    return not np.asarray(compiled)[..., 3].all()


def own_renderer_of(canvas: Any) -> Any:
    """Return the renderer that *canvas* would draw on, made if there is none for its size."""
    return FigureCanvasAgg.get_renderer(canvas)


def was_drawn_on(canvas: Any, size: tuple[int, int], dpi: float) -> bool:
    """Whether anything was drawn on the renderer that frames of this *size* and *dpi* are drawn on by matplotlib."""
    renderer = vars(canvas).get("renderer")
    if renderer is None or (int(renderer.width), int(renderer.height), renderer.dpi) != (*size, dpi):
        return False
    return bool(np.asarray(renderer._renderer).any())


class Exchange:
    """Puts something in the place of a renderer's compiled part, and back.

    The renderer itself stays the canvas's own: artists that remember it, and
    ask it for the size of a text later, remember what a draw would have left.

    Parameters
    ----------
    renderer : RendererAgg
    instead : object
        Called in place of the compiled renderer.
    text : callable
        Called in place of ``draw_text`` for what is not mathematics, with the
        same arguments; draws nothing and returns False where it cannot help.
    pixels : callable
        Called in place of ``buffer_rgba``, unless a filter has the renderer
        draw on a canvas of its own.
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
        """Put the compiled part back, also where a draw was broken off in the middle of a filter."""
        renderer = self.renderer
        del renderer.buffer_rgba, renderer.draw_text
        waiting = renderer._filter_renderers
        waiting[:] = [self.compiled if one is self._instead else one for one in waiting]
        if renderer._renderer is self._instead:
            renderer._renderer = self.compiled
        renderer._update_methods()
