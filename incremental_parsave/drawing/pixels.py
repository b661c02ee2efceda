"""Frames identified by their pixels, drawn by the same ``savefig`` as in ``Animation.save``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import xxhash
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ..processes import own


class FrameSizeError(Exception):
    """A frame was not drawn at the size of the movie."""


class _Sink:
    """A file for ``savefig`` that digests the data it receives, and passes it on."""

    def __init__(self, copy_to: IO[bytes] | None) -> None:
        self._copy_to = copy_to
        self.digest = xxhash.xxh3_128()
        self.size = 0

    def seek(self, *args: int) -> int:
        """Refuse to seek; ``savefig`` never does, but accepts only files that have this method."""
        raise OSError("a frame is written once, from its beginning to its end")

    def write(self, pixels: Any) -> int:
        own.check_process()
        view = memoryview(pixels).cast("B")
        self.digest.update(view)
        self.size += view.nbytes
        if self._copy_to is not None:
            self._copy_to.write(view)
        return view.nbytes


class PixelDrawer:
    """A drawer for the frames of one movie.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    dpi : float
        The dpi of the movie.
    size : tuple of int
        Width and height of a frame in pixels.
    """

    def __init__(self, figure: Any, dpi: float, size: tuple[int, int]) -> None:
        self._figure, self._dpi, self._size = figure, dpi, size

    def draw(self, savefig_kwargs: dict[str, Any], copy_to: IO[bytes] | None = None) -> str:
        """Draw the figure in its current state; return the digest of its pixels.

        Parameters
        ----------
        savefig_kwargs : dict
            As ``Animation.save`` passes them to ``grab_frame``.
        copy_to : file, optional
            Receives the frame's raw RGBA bytes.

        Raises
        ------
        FrameSizeError
            If the figure's size has changed since the movie began.
        """
        sink = _Sink(copy_to)
        self._figure.savefig(sink, format="rgba", dpi=self._dpi, **savefig_kwargs)
        width, height = self._size
        if sink.size != width * height * 4:
            raise FrameSizeError(f"has {sink.size // 4} pixels, but the movie is {width} x {height}")
        return sink.digest.hexdigest()


def is_plain_agg(canvas: Any) -> bool:
    """Return whether *canvas* is of matplotlib's own Agg canvas class, not of a subclass."""
    return type(canvas) is FigureCanvasAgg


# Code that draws on an Agg canvas, or copies a region of it, calls ``get_renderer`` first.
# The other methods read or restore the canvas's pixels.
_PIXEL_METHODS = ("get_renderer", "buffer_rgba", "tostring_argb", "restore_region")


@contextlib.contextmanager
def watching_pixels(on_access: Callable[[], None]) -> Iterator[None]:
    """Call *on_access* whenever any code draws on an Agg canvas, or reads or restores its pixels."""
    originals = {name: getattr(FigureCanvasAgg, name) for name in _PIXEL_METHODS}

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            on_access()
            return original(*args, **kwargs)

        return wrapper

    for name, original in originals.items():
        setattr(FigureCanvasAgg, name, watched(original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(FigureCanvasAgg, name, original)
