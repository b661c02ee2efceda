"""Layouts of texts and bitmaps of glyphs, made once: texts that follow each other have most of them in common.

From matplotlib 3.11 on, a text is laid out (which glyphs, how far apart), and then each glyph is
made where it stands.  The layout depends on the words and the font alone, and the glyph on
what FreeType is asked for; so a clock that counts on has but one new layout and one new
glyph a frame, and labels that move have no new layout.

The private names were checked on matplotlib 3.11.2; without them, nothing is kept.
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

MAKES_GLYPHS_ONE_BY_ONE = all(hasattr(FT2Font, name) for name in _OF_FONTS) and all(
    hasattr(RendererAgg, name) for name in _OF_RENDERERS
)
"""Whether this matplotlib draws texts as we know it."""

_MOST = 4096  # of layouts, and of bitmaps of some hundred bytes


class _Bitmap(NamedTuple):
    """What FreeType made of a glyph."""

    left: int
    top: int
    buffer: Any


class Glyphs:
    """What is known of the texts of one movie."""

    def __init__(self) -> None:
        self._layouts: dict[Hashable, Any] = {}
        self._bitmaps: dict[Hashable, _Bitmap] = {}

    def serve(self, renderer: Any) -> None:
        """Have *renderer* draw its texts with what is known."""
        if not MAKES_GLYPHS_ONE_BY_ONE:
            return
        prepare, draw = renderer._prepare_font, renderer._draw_text_glyphs_and_boxes

        def draw_glyphs(gc: Any, x: float, y: float, angle: float, glyphs: Iterable[Any], boxes: Any) -> None:
            draw(gc, x, y, angle, ((_Font(font, self), *rest) for font, *rest in glyphs), boxes)

        renderer._prepare_font = lambda prop: _Font(prepare(prop), self, prop.get_size_in_points())
        renderer._draw_text_glyphs_and_boxes = draw_glyphs

    @contextlib.contextmanager
    def at_hand(self, canvas: Any) -> Iterator[None]:
        """Have *canvas*, whose renderer is matplotlib's own as it was made, draw its texts so; nothing else of it."""
        served: list[Any] = []

        def get_renderer() -> Any:
            renderer = own_renderer_of(canvas)
            if renderer not in served:
                served.append(renderer)
                renderer.draw_text = functools.partial(self._draw_text, renderer)
            return renderer

        if MAKES_GLYPHS_ONE_BY_ONE:
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
        """Return the layout of this *key*."""
        return _known(self._layouts, key, make)

    def bitmap(self, key: Hashable, make: Any) -> _Bitmap:
        """Return the bitmap of this *key*, which is the caller's own."""
        left, top, buffer = _known(self._bitmaps, key, make)
        return _Bitmap(left, top, buffer.copy())


def _known(known: dict[Hashable, Any], key: Hashable, make: Any) -> Any:
    if key not in known:
        if len(known) >= _MOST:
            known.clear()
        known[key] = make()
    return known[key]


class _Font:
    """Stands for a font, which is asked only for what is not known yet."""

    def __init__(self, font: Any, glyphs: Glyphs, size: float = 0.0) -> None:
        # The font in the key keeps it alive, and compares by identity.
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
            return _Bitmap(made.left, made.top, made.buffer.copy())  # the font's own memory

        return self._glyphs.bitmap((self._font, self._size, matrix.tobytes(), *delta, index, flags, mode), make)
