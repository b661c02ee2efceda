"""A frame as its pixels, drawn by the very ``savefig`` of ``Animation.save``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import xxhash
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ..processes import own


class FrameSizeError(Exception):
    """A frame was not drawn in the movie's size."""


class _Sink:
    """A file for ``savefig`` that digests what it is given, and passes it on."""

    def __init__(self, copy_to: IO[bytes] | None) -> None:
        self._copy_to = copy_to
        self.digest = xxhash.xxh3_128()
        self.size = 0

    def seek(self, *args: int) -> int:
        """Be what ``savefig`` takes for a file; it never seeks."""
        raise OSError("a frame is written once, from its beginning to its end")

    def write(self, pixels: Any) -> int:
        own.may_go_on()
        view = memoryview(pixels).cast("B")
        self.digest.update(view)
        self.size += view.nbytes
        if self._copy_to is not None:
            self._copy_to.write(view)
        return view.nbytes


class PixelDrawer:
    """Draws the frames of one movie.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    dpi : float
        Of the movie.
    size : tuple of int
        Width and height of a frame in pixels.
    """

    def __init__(self, figure: Any, dpi: float, size: tuple[int, int]) -> None:
        self._figure, self._dpi, self._size = figure, dpi, size

    def draw(self, savefig_kwargs: dict[str, Any], copy_to: IO[bytes] | None = None) -> str:
        """Draw the figure as it stands; return the digest of its pixels.

        Parameters
        ----------
        savefig_kwargs : dict
            As ``Animation.save`` hands them to ``grab_frame``.
        copy_to : file, optional
            Takes the frame's raw RGBA bytes.

        Raises
        ------
        FrameSizeError
            If the figure's size has changed since the movie began.
        """
        sink = _Sink(copy_to)
        self._figure.savefig(sink, format="rgba", dpi=self._dpi, **savefig_kwargs)
        width, height = self._size
        if sink.size != width * height * 4:
            raise FrameSizeError(f"drawn with {sink.size // 4} pixels, the movie has {width} x {height}")
        return sink.digest.hexdigest()


def is_plain_agg(canvas: Any) -> bool:
    """Whether *canvas* is matplotlib's own Agg canvas, and nothing derived from it."""
    return type(canvas) is FigureCanvasAgg


# Drawing on an Agg canvas and copying regions of it begin with ``get_renderer``;
# its pixels are read through the others.
_PIXEL_DOORS = ("get_renderer", "buffer_rgba", "tostring_argb", "restore_region")


@contextlib.contextmanager
def watching_pixels(told: Callable[[], None]) -> Iterator[None]:
    """Call *told* whenever anybody draws on an Agg canvas, or reads or restores its pixels."""
    originals = {name: getattr(FigureCanvasAgg, name) for name in _PIXEL_DOORS}

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def door(*args: Any, **kwargs: Any) -> Any:
            told()
            return original(*args, **kwargs)

        return door

    for name, original in originals.items():
        setattr(FigureCanvasAgg, name, watched(original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(FigureCanvasAgg, name, original)
