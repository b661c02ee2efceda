"""Markless draws: they have the effects of a draw on the figure, but make no pixels.

``Animation.save`` draws each frame once before its writer draws it again on the same canvas.
The second draw overwrites the pixels of the first, so these need not be made.  All of matplotlib's
Python code still runs.

The compiled renderer keeps one piece of state between calls: the mask of the last clip path.  So
calls with a clip path are passed on to it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NoReturn

from ..pixels import is_plain_agg
from .agg import DRAWING, READING, Exchange, own_renderer_of

_OF_CANVAS = frozenset({"draw", "get_renderer", "buffer_rgba", "tostring_argb", "copy_from_bbox", "restore_region"})
_OF_RENDERER = frozenset({"draw_path", "draw_text", "buffer_rgba", "tostring_argb", "clear"})


class PixelsRead(Exception):
    """Some code reads pixels that were not drawn."""


class _Markless:
    """Stand-in for the compiled renderer."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.was_read = False
        for name in (*DRAWING, *READING):
            setattr(self, name, self._read if name in READING else _leaves_no_mark)
        for name in set(DRAWING) - {"clear", "draw_text_image"}:
            setattr(self, name, self._by_clip_path(getattr(compiled, name)))

    def _by_clip_path(self, draw: Any) -> Any:
        def call(gc: Any, *args: Any, **kwargs: Any) -> None:
            if gc.get_clip_path()[0] is not None:
                draw(gc, *args, **kwargs)

        return call

    def _read(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.was_read = True
        raise PixelsRead

    __array__ = _read

    def __getattr__(self, name: str) -> NoReturn:
        self._read()


def _leaves_no_mark(*args: Any, **kwargs: Any) -> None:
    """Do nothing; replaces ``clear`` and ``draw_text_image``, which do not change the clip-path mask."""


def can_draw_markless(canvas: Any) -> bool:
    """Return whether *canvas* and its renderer are matplotlib's own, unmodified."""
    if not is_plain_agg(canvas) or vars(canvas).keys() & _OF_CANVAS:
        return False
    renderer = vars(canvas).get("renderer")
    return renderer is None or not vars(renderer).keys() & _OF_RENDERER


@contextlib.contextmanager
def markless(canvas: Any) -> Iterator[None]:
    """Make *canvas* draw without making pixels; `can_draw_markless` must be true for it.

    Raises
    ------
    PixelsRead
        If some code has read pixels, even if it has caught this exception itself.
    """
    exchanges: list[Exchange] = []
    stand_ins: list[_Markless] = []

    def get_renderer() -> Any:
        renderer = own_renderer_of(canvas)
        if not any(exchange.renderer is renderer for exchange in exchanges):
            stand_ins.append(_Markless(renderer._renderer))
            exchanges.append(Exchange(renderer, stand_ins[-1], _is_plain_text, stand_ins[-1]._read))
        return renderer

    canvas.get_renderer = get_renderer
    try:
        yield
    finally:
        del canvas.get_renderer
        for exchange in exchanges:
            exchange.undo()
    if any(each.was_read for each in stand_ins):
        raise PixelsRead


def _is_plain_text(gc: Any, x: Any, y: Any, words: Any, *args: Any) -> bool:
    """Return whether a text can be skipped, because drawing it changes nothing but pixels."""
    return type(words) is str
