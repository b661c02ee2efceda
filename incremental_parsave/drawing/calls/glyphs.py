"""A cache of text layouts and glyph bitmaps, most of which recur from text to text.

From matplotlib 3.11 on, a text is first laid out (which glyphs, how far apart), and then each glyph is
rendered at its position.  The layout depends only on the string and the font, and the bitmap only on
the request to FreeType.  So a running clock needs one new layout and one new glyph per frame,
and a moving label needs no new layout.

The private names were checked on matplotlib 3.11.2.  If one of them is missing, nothing is cached.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from matplotlib.ft2font import FT2Font

from .agg import RendererAgg, own_renderer_of

_OF_FONTS = ("_layout", "_set_transform", "_render_glyph")
_OF_RENDERERS = ("_prepare_font", "_draw_text_glyphs_and_boxes")

CAN_CACHE_GLYPHS = all(hasattr(FT2Font, name) for name in _OF_FONTS) and all(
    hasattr(RendererAgg, name) for name in _OF_RENDERERS
)
"""Whether this matplotlib has the private names that the cache relies on."""

_MOST = 4096  # maximum number of layouts, and of bitmaps, which have some hundred bytes each


class _Bitmap(NamedTuple):
    """A glyph as rendered by FreeType."""

    left: int
    top: int
    buffer: Any


class Glyphs:
    """The cached layouts and bitmaps of one movie."""

    def __init__(self) -> None:
        self._layouts: dict[Hashable, Any] = {}
        self._bitmaps: dict[Hashable, _Bitmap] = {}

    def serve(self, renderer: Any) -> None:
        """Make *renderer* draw its texts from the cache."""
        if not CAN_CACHE_GLYPHS:
            return
        prepare, draw = renderer._prepare_font, renderer._draw_text_glyphs_and_boxes

        def draw_glyphs(gc: Any, x: float, y: float, angle: float, glyphs: Iterable[Any], boxes: Any) -> None:
            draw(gc, x, y, angle, ((_Font(font, self), *rest) for font, *rest in glyphs), boxes)

        renderer._prepare_font = lambda prop: _Font(prepare(prop), self, prop.get_size_in_points())
        renderer._draw_text_glyphs_and_boxes = draw_glyphs

    @contextlib.contextmanager
    def at_hand(self, canvas: Any) -> Iterator[None]:
        """Make *canvas* draw its texts, and nothing else, from the cache.

        The renderer of *canvas* must be matplotlib's own, unmodified.
        """
        served: list[Any] = []

        def get_renderer() -> Any:
            renderer = own_renderer_of(canvas)
            if renderer not in served:
                served.append(renderer)
                renderer.draw_text = functools.partial(self._draw_text, renderer)
            return renderer

        if CAN_CACHE_GLYPHS:
            canvas.get_renderer = get_renderer
        try:
            yield
        finally:
            vars(canvas).pop("get_renderer", None)
            for renderer in served:
                del renderer.draw_text

    def _draw_text(self, renderer: Any, *args: Any, **kwargs: Any) -> None:
        self.serve(renderer)
        try:
            RendererAgg.draw_text(renderer, *args, **kwargs)
        finally:
            for name in _OF_RENDERERS:
                del vars(renderer)[name]

    def layout(self, key: Hashable, make: Any) -> Any:
        """Return the layout for *key*; call *make* if it is not cached."""
        return _cached(self._layouts, key, make)

    def bitmap(self, key: Hashable, make: Any) -> _Bitmap:
        """Return a copy of the bitmap for *key*; call *make* if it is not cached."""
        left, top, buffer = _cached(self._bitmaps, key, make)
        return _Bitmap(left, top, buffer.copy())


def _cached(cache: dict[Hashable, Any], key: Hashable, make: Any) -> Any:
    if key not in cache:
        if len(cache) >= _MOST:
            cache.clear()
        cache[key] = make()
    return cache[key]


class _Font:
    """Stand-in for a font; calls the font only for layouts and bitmaps that are not cached."""

    def __init__(self, font: Any, glyphs: Glyphs, size: float = 0.0) -> None:
        # The font is part of the keys, which keeps it alive; it compares by identity.
        self._font, self._glyphs, self._size = font, glyphs, (size, 0.0)
        self._transform: tuple[Any, Any] = None, ()

    def _layout(self, words: str, flags: Any, *, features: Any, language: Any) -> Any:
        key = self._font, self._size, words, flags, repr((features, language))
        return self._glyphs.layout(key, lambda: self._font._layout(words, flags, features=features, language=language))

    def set_size(self, size: float, dpi: float) -> None:
        self._size = size, dpi

    def _set_transform(self, matrix: Any, delta: Any) -> None:
        self._transform = matrix, delta

    def _render_glyph(self, index: int, flags: Any, mode: Any) -> _Bitmap:
        matrix, delta = self._transform

        def make() -> _Bitmap:
            self._font.set_size(*self._size)
            self._font._set_transform(matrix, delta)
            made = self._font._render_glyph(index, flags, mode)
            return _Bitmap(made.left, made.top, made.buffer.copy())  # the buffer is the font's own memory

        return self._glyphs.bitmap((self._font, self._size, matrix.tobytes(), *delta, index, flags, mode), make)
