"""Draw a movie exactly as ``Animation.save`` does, without skipping draws, forking or changing the canvas."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import IparsaveError
from ..mpl import animation as mpl_animation
from ..mpl.target import Target


class Witness(mpl_animation.AbstractMovieWriter):  # type: ignore[misc]
    """A writer that draws as matplotlib's ffmpeg writers do, and passes the pixels on.

    Parameters
    ----------
    target : Target
    begin : callable
        Called with the width and height of a frame in pixels, before the first frame.
    take : callable
        Called with the number and the raw RGBA pixels of each frame.
    """

    def __init__(
        self, target: Target, begin: Callable[[tuple[int, int]], None], take: Callable[[int, memoryview], None]
    ) -> None:
        super().__init__(fps=float(target.fps))
        self.count = 0
        self._target, self._begin, self._take = target, begin, take
        self._inches: tuple[float, float] | None = None
        self._size = (0, 0)

    def save(self, stop: int | None) -> None:
        """Run ``Animation.save``, up to but not including frame *stop* if it is given."""
        target = self._target
        undo = mpl_animation.through(target.anim, lambda frames: _until(stop, frames)) if stop is not None else None
        try:
            mpl_animation.save(target, str(target.path), self, target.progress_callback)
        finally:
            if undo is not None:
                undo()

    # -- called by Animation.save -----------------------------------------

    def setup(self, fig: Any, outfile: Any, dpi: Any = None) -> None:
        """Prepare for the figure; do not touch the movie's file."""
        self._inches = mpl_animation.setup_writer_without_process(self._target.writer, fig, outfile, dpi)
        self.fig, self.outfile, self.dpi = fig, outfile, self._target.writer.dpi
        self._size = self._target.writer.frame_size
        self._begin(self._size)

    def grab_frame(self, **savefig_kwargs: Any) -> None:
        """Draw the frame with ``savefig`` and pass on its pixels."""
        if self._inches is not None:
            self.fig.set_size_inches(*self._inches)
        drawn = io.BytesIO()
        self.fig.savefig(drawn, format="rgba", dpi=self.dpi, **savefig_kwargs)
        width, height = self._size
        pixels = drawn.getbuffer()
        if pixels.nbytes != width * height * 4:
            raise IparsaveError(
                f"frame {self.count} of {self._target.path} has {pixels.nbytes // 4} pixels, "
                f"but the movie is {width} x {height}",
                "do not resize the figure while the animation runs",
            )
        self._take(self.count, pixels)
        self.count += 1

    def finish(self) -> None:
        """Do nothing: no file is open."""

    def _supports_transparency(self) -> bool:
        return mpl_animation.supports_transparency(self._target.writer)


def _until(stop: int, frames: Iterator[Any]) -> Iterator[Any]:
    for _ in range(stop):
        try:
            yield next(frames)
        except StopIteration:
            return
