"""Replay of display lists: the same calls, in the same order, on the same kind of renderer give the same pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .agg import RendererAgg, forget_clip_path
from .calls import Call
from .display_list import DisplayList
from .glyphs import Glyphs
from .text import as_it_was, caught

_MOST_TEXTS = 512  # texts whose glyphs are cached


class Raster:
    """A canvas on which display lists of one size and dpi are drawn.

    Parameters
    ----------
    width, height : int
        Size of a frame in pixels.
    dpi : float
    """

    def __init__(self, width: int, height: int, dpi: float) -> None:
        self._renderer = RendererAgg(width, height, dpi)
        Glyphs().serve(self._renderer)
        self._compiled = self._renderer._renderer
        self._glyphs: dict[bytes, list[Any]] = {}
        self._size_and_dpi = (width, height), float(dpi)
        self._pixels = np.asarray(self._compiled)
        self._last: DisplayList | None = None
        self._snapshot: tuple[int, Any] | None = None  # index into the calls of `_last`, pixels before it

    @property
    def pixels(self) -> memoryview:
        """The pixels, as RGBA bytes from the top left; drawing the next frame changes them."""
        return memoryview(self._compiled).cast("B")

    def copy(self) -> Any:
        """Return a copy of the pixels, an array of shape (height, width, 4)."""
        return self._pixels.copy()

    def replay(self, frame: DisplayList, start: int = 0, before: Any = None) -> None:
        """Draw *frame*, beginning with call *start*.

        Parameters
        ----------
        frame : DisplayList
        start : int
        before : array of uint8, shape (height, width, 4)
            The pixels after the calls before *start*; not needed if *start* is 0.
        """
        self._last = self._snapshot = None
        self._begin(frame, start, before)
        self._make(frame.calls[start:])

    def draw(self, frame: DisplayList) -> memoryview:
        """Draw *frame*; return the pixels.

        The calls that *frame* shares with the previous frame are restored from a
        snapshot of the pixels.  The snapshot is taken before the first call that
        differs, and is used as long as the calls before it do not change.
        """
        last, kept = self._last, self._snapshot
        self._last = self._snapshot = None  # if this frame raises, the next starts from scratch
        common = frame.common(last) if last is not None else 0
        start = 0
        if kept is not None and kept[0] <= common:
            start = kept[0]
        else:
            kept = None
        self._begin(frame, start, kept and kept[1])
        if common > start:
            self._make(frame.calls[start:common])
            kept = common, self.copy()
        self._make(frame.calls[max(start, common) :])
        self._last, self._snapshot = frame, kept
        return self.pixels

    def _begin(self, frame: DisplayList, start: int, before: Any) -> None:
        """Put the renderer into the state that it has before call *start*."""
        if (frame.size, float(frame.dpi)) != self._size_and_dpi:
            raise ValueError(f"a frame of {frame.size} at {frame.dpi} dpi on a canvas of {self._size_and_dpi}")
        forget_clip_path(self._compiled)
        if start:
            mask = frame.mask_before(start)
            if mask is not None:
                self._make([mask])  # only for its mask: the pixels are overwritten below
            np.copyto(self._pixels, before)

    def _glyphs_of(self, call: Call) -> list[Any]:
        """Return the arguments of ``draw_text_image`` for the glyphs of a text.

        They are cached, since most texts stay the same for many frames.
        """
        glyphs = self._glyphs.get(call.digest)
        if glyphs is None:
            if len(self._glyphs) > _MOST_TEXTS:
                self._glyphs.clear()
            glyphs = self._glyphs[call.digest] = []
            with as_it_was(call.arguments[0]), caught(self._renderer, glyphs):
                self._renderer.draw_text(*call.arguments[1:])
        return glyphs

    def _make(self, calls: Iterable[Call]) -> None:
        compiled = self._compiled
        for call in calls:
            if call.name == "draw_text":
                for glyphs in self._glyphs_of(call):
                    compiled.draw_text_image(*glyphs)
            elif len(call.arguments) > 13:
                *arguments, hatchcolors = call.arguments
                getattr(compiled, call.name)(*arguments, hatchcolors=hatchcolors)
            else:
                getattr(compiled, call.name)(*call.arguments)
