"""Run matplotlib's own ``Animation.save`` loop with our own writer.

``Animation.save`` is called, not imitated.  So a figure goes through everything that
the installed version of matplotlib does to it.  A *frame driver* decides what happens
when a frame is due:

* a movie that is built in one process has a driver that draws every frame, as any other writer does;
* if it is built in parallel, the stepper steps frames without drawing them, and forks a worker where a block begins;
* a worker is forked in the middle of the loop, continues it, steps to its block and draws it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Protocol, TypeVar

from ..drawing.calls.display_list import DisplayList
from ..drawing.calls.glyphs import Glyphs
from ..drawing.calls.markless import PixelsRead, markless
from ..drawing.canvas import StandIn, draws_nothing
from ..drawing.clip_paths import ClipPaths
from ..drawing.pixels import FrameSizeError, PixelDrawer
from ..drawing.recorder import Recorder
from ..drawing.reuse.barrier import Barrier
from ..drawing.reuse.draw_order import engine_of
from ..drawing.reuse.fingerprint import Fingerprints
from ..drawing.shortcuts.new_ticks import made_by_copying
from ..drawing.shortcuts.text_layouts import TextLayouts
from ..drawing.size import Size
from ..errors import IparsaveError
from ..media.encode import Encoding
from ..media.replacing import Put, replacing
from ..model import Outcome
from ..mpl import animation as mpl_animation
from ..mpl.state import CapturedState
from ..mpl.target import Target
from ..processes import own
from ..tracing import audit
from .unseen import Unseen

T = TypeVar("T")


class Takeover(BaseException):
    """Raised to let another driver continue the loop: in a forked worker, it leaves the stepper's code.

    Attributes
    ----------
    driver : FrameDriver
    """

    def __init__(self, driver: FrameDriver) -> None:
        super().__init__("another driver takes over")
        self.driver = driver


class FrameDriver(Protocol):
    """Decides what happens when frames are due."""

    calls_back: bool
    """Whether the scene's ``progress_callback`` is called."""

    @property
    def why(self) -> str:
        """Why the movie is not built in parallel; empty if it is."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """The outcomes of the blocks, in order; complete once the loop has ended."""

    def begin(self) -> None:
        """Called when the loop begins, before any of the user's functions."""

    def idle(self, draw: Callable[[], None]) -> None:
        """Called instead of ``canvas.draw_idle``; *draw* draws immediately, as a canvas without a GUI does."""

    def before(self, k: int) -> bool:
        """Called before frame *k* is requested; the frame may not exist.  Return False to end the loop."""

    def skips(self, k: int) -> bool:
        """Return whether to skip frame *k* without calling the user's function."""

    def frame(self, k: int) -> None:
        """Called after the user's function has run for frame *k*."""

    def end(self, error: BaseException | None) -> None:
        """Called when the loop has ended; *error* is the exception that ended it, or None."""


def save_by_own_writer(target: Target, put: Put = os.replace) -> int:
    """Let the target's own writer write the movie; return the number of frames that it received.

    Matplotlib's own single-file writers write a temporary file beside the movie, which
    then replaces the movie.  Any other writer gets the movie's path itself, since we do
    not know what it does with the name of its file.
    """
    count = 0

    def counted(frames: Iterator[Any]) -> Iterator[Any]:
        nonlocal count
        for count, value in enumerate(frames, 1):  # noqa: B007
            own.check_process()
            yield value
            own.check_process()

    undo = mpl_animation.through(target.anim, counted)
    try:
        with ExitStack() as stack:
            path = target.path
            if mpl_animation.writes_one_file(target.writer):
                path = stack.enter_context(replacing(path, put))
            mpl_animation.save(target, str(path), target.writer, target.progress_callback)
    except SystemExit as leaving:
        leaving.add_note(f"at frame {max(0, count - 1)} of {target.path}")
        raise
    finally:
        undo()
    return count


class Loop(mpl_animation.AbstractMovieWriter):  # type: ignore[misc]
    """The writer that we pass to ``Animation.save``.

    Parameters
    ----------
    target : Target

    Attributes
    ----------
    driver : FrameDriver
        A `Takeover` replaces it.
    size : tuple of int
        Width and height of a frame in pixels.
    encoding : Encoding
        How blocks are encoded; set by the function that chooses the driver.
    block_of : callable or None
        Returns the block of a frame: its number, first frame and end.  Set together with *encoding*.
    captures : CapturedState
        The values that the user's functions capture, as they are before the frame that is due.
    clip_paths : ClipPaths
        The clip paths of the figure, as they were when first seen.
    barrier : Barrier
        Detects assignments to the figure's artists while it is raised.
    """

    driver: FrameDriver
    encoding: Encoding
    block_of: Callable[[int], tuple[int, int, int | None]] | None = None
    clip_paths: ClipPaths

    def __init__(self, target: Target) -> None:
        super().__init__(fps=float(target.fps))
        self.target = target
        self.captures = CapturedState(target.animations)
        self.figure = mpl_animation.figure_of(target.anim)
        self.size = (0, 0)
        self.barrier = Barrier()
        self._unseen: Unseen | None = None
        self._size_of_figure: Size | None = None
        self._glyphs = Glyphs()
        self._layouts = TextLayouts()
        self._savefig_kwargs: dict[str, Any] = {}
        self._k = 0

    def run(self, choose: Callable[[], FrameDriver]) -> FrameDriver:
        """Run the loop; return the driver that was active at its end.

        Parameters
        ----------
        choose : callable
            Returns the first driver; called as soon as the size of a frame is known.
        """
        self._choose = choose
        target = self.target
        canvas = self.figure.canvas
        undo = mpl_animation.through(target.anim, self._frames)
        canvas.draw_idle = self._idle
        try:
            with self._layouts.installed(), made_by_copying():
                mpl_animation.save(target, str(target.path), self, self._progress if target.progress_callback else None)
        finally:
            vars(canvas).pop("draw_idle", None)
            undo()
        return self.driver

    def draw(self, copy_to: Any = None) -> str:
        """Draw the figure for the frame that is due; return the digest of its pixels."""
        return self._drawer.draw(self._savefig_kwargs, copy_to)

    def draw_second_time(self, copy_to: Any = None) -> str:
        """Draw the frame that is due for the second time, as `draw` does.

        Reuse known glyphs if nothing could observe the first draw.
        """
        with ExitStack() as stack:
            if self._unseen is not None and self._unseen.held:
                stack.enter_context(self._glyphs.at_hand(self.figure.canvas))
            return self.draw(copy_to)

    def record(self, *, whole: bool = False) -> DisplayList:
        """Record the frame that is due, drawing every artist if *whole*; may raise `CannotRecord`."""
        with self._stand_in.in_place():
            return self._recorder.record(self._savefig_kwargs, whole=whole)

    def record_uncached(self) -> DisplayList:
        """Record every artist of the frame that is due, and leave all caches as they are.

        The result is meant for a comparison with the frame's earlier recording.
        May raise `CannotRecord`.
        """
        with self._stand_in.in_place():
            return self._recorder.record_uncached(self._savefig_kwargs)

    def fingerprints(self, first: DisplayList) -> Fingerprints:
        """Return an object that computes the fingerprints of the frames to come.

        Parameters
        ----------
        first : DisplayList
            The recording of the frame that is due, made just now.

        Raises
        ------
        Untrackable
            If the figure's frames cannot have fingerprints.
        """
        return Fingerprints(self.figure, first, self._savefig_kwargs, self.barrier)

    @property
    def where(self) -> str:
        """The frame that is due and its block, for messages."""
        block = f" (block {self.block_of(self._k)[0]})" if self.block_of is not None else ""
        return f"frame {self._k}{block} of {self.target.path}"

    @property
    def leaves_out(self) -> bool:
        """Whether the last recording left out any artist."""
        return self._recorder.leaves_out

    def raise_barrier(self) -> None:
        """Raise the barrier again, if it was lowered."""
        if not self.barrier.raised:
            self._recorder.raise_barrier()

    def draw_without_pixels(self, *, whole: bool) -> None:
        """Do to the figure what `draw_idle` does, without making pixels; may raise `CannotRecord`."""
        if self.draws_twice:
            self._recorder.draw_without_pixels(self.draw_idle, whole=whole)

    @property
    def has_layout_engine(self) -> bool:
        """Whether the figure has a layout engine, which may move artists at every draw."""
        return engine_of(self.figure) is not None

    @property
    def draws_twice(self) -> bool:
        """Whether ``Animation.save`` itself draws each frame once before the writer draws it again."""
        return not draws_nothing(self.figure.canvas)

    def draw_idle(self) -> None:
        """Draw the figure as ``Animation`` does before the writer draws it again."""
        type(self.figure.canvas).draw_idle(self.figure.canvas)

    def _draw_unseen(self) -> None:
        """Draw the figure as `draw_idle` does, but without pixels if nothing can read them before the writer draws."""
        self._unseen = self._unseen or Unseen(self.target)
        with audit.unrecorded():
            unseen = self._unseen.holds()
        if not unseen:
            self.draw_idle()
            return
        try:
            with markless(self.figure.canvas):
                self.draw_idle()
        except PixelsRead:
            raise IparsaveError(
                f"frame {self._k} of {self.target.path}: pixels are read while the figure is being drawn",
                "read pixels only after the draw",
            ) from None

    # -- called by Animation.save -----------------------------------------

    def _idle(self, *args: Any, **kwargs: Any) -> None:
        between = mpl_animation.caller_is_post_draw(1)
        self.driver.idle(self._draw_unseen if between else self.draw_idle)

    def setup(self, fig: Any, outfile: Any, dpi: Any = None) -> None:
        """Prepare for the figure and choose a driver; do not touch the movie's file."""
        inches = mpl_animation.setup_writer_without_process(self.target.writer, fig, outfile, dpi)
        self.fig, self.outfile, self.dpi = fig, outfile, self.target.writer.dpi
        self.size = self.target.writer.frame_size
        self._drawer = PixelDrawer(fig, self.dpi, self.size)
        self._stand_in = StandIn(fig, self.barrier)
        self.clip_paths = ClipPaths(fig, self.size, self.dpi)
        if inches is not None:
            self._size_of_figure, self.barrier.size_box = Size(fig, inches), fig.bbox_inches
        self._recorder = Recorder(fig, self.dpi, self.size, self.barrier, self._layouts)
        self.driver = self._choose()
        self._with_driver(lambda driver: driver.begin())

    def grab_frame(self, **savefig_kwargs: Any) -> None:
        """Pass the frame that was just stepped to the driver."""
        own.check_process()
        if self._size_of_figure is not None:
            self._size_of_figure.set()
        self._savefig_kwargs = savefig_kwargs
        try:
            self.driver.frame(self._k)
        except FrameSizeError as error:
            raise IparsaveError(
                f"frame {self._k} of {self.target.path} {error}",
                "do not resize the figure while the animation runs",
            ) from None

    def finish(self) -> None:
        """End the driver.  A worker that has not left the loop ends its process here."""
        error = sys.exc_info()[1]
        if not own.is_own_process():
            return  # a process that the scene forked, which is about to end
        if isinstance(error, SystemExit) and not hasattr(error, "__notes__"):
            error.add_note(f"at {self.where}")
        with mpl_animation.saving(self.figure.canvas):
            self.driver.end(error)

    def _supports_transparency(self) -> bool:
        return mpl_animation.supports_transparency(self.target.writer)

    def _frames(self, frames: Iterator[Any]) -> Iterator[Any]:
        self._k = 0
        while self._with_driver(lambda driver: driver.before(self._k)):
            try:
                value = next(frames)
            except StopIteration:
                return
            finally:
                own.check_process()
            if self.driver.skips(self._k):
                self._progress(self._k, mpl_animation.expected_count(self.target.anim))
            else:
                yield value
            self._k += 1

    def _with_driver(self, ask: Callable[[FrameDriver], T]) -> T:
        """Call *ask* with the driver; if another driver takes over meanwhile, call it again with that one."""
        while True:
            try:
                return ask(self.driver)
            except Takeover as takeover:
                self.driver = takeover.driver

    def _progress(self, number: int, total: int | None) -> None:
        if self.driver.calls_back and self.target.progress_callback is not None:
            each = len(self.target.animations)
            self.target.progress_callback(number if each > 1 else self._k, total)
