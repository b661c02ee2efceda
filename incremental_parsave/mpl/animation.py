"""Every name of `matplotlib.animation` that we rely on, including private ones.

``tests/test_matplotlib_names.py`` checks these names on matplotlib 3.10.0 and 3.11.2.
Outside this folder, only `trust.reach` imports `matplotlib.animation`.
"""

from __future__ import annotations

import contextlib
import itertools
import numbers
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from matplotlib.animation import (
    AbstractMovieWriter,
    Animation,
    ArtistAnimation,
    FFMpegFileWriter,
    FFMpegWriter,
    FuncAnimation,
    ImageMagickFileWriter,
    ImageMagickWriter,
    MovieWriter,
    PillowWriter,
    writers,
)
from matplotlib.axes import Axes
from matplotlib.quiver import Quiver

from ..drawing.origin import is_library_function
from ..drawing.reuse.known_classes import Untrackable
from ..drawing.reuse.snapshot_node import prepare

__all__ = [
    "AbstractMovieWriter", "Animation", "ArtistAnimation", "FFMpegFileWriter", "FFMpegWriter", "FuncAnimation",
    "MovieWriter", "PillowWriter", "writers",
]  # fmt: skip

original_init = Animation.__init__
original_save = Animation.save
original_start: Any = getattr(MovieWriter, "_run", None)

_post_draw, _start = getattr(Animation, "_post_draw", None), getattr(Animation, "_start", None)


def figure_of(anim: Animation) -> Any:
    """Return the figure that *anim* draws on."""
    return anim._fig


def interval_of(anim: Animation) -> float | None:
    """Return the interval between frames in milliseconds, or None if *anim* has no interval."""
    return getattr(anim, "_interval", None)


def intercept_starts(start: Callable[[Any], None]) -> Callable[[], None]:
    """Call *start* instead of `original_start` to start a writer's program; return a function that undoes this."""
    if original_start is None:  # renamed in this matplotlib
        return lambda: None
    MovieWriter._run = start

    def undo() -> None:
        MovieWriter._run = original_start

    return undo


def draws_as_matplotlib(anim: Animation) -> bool:
    """Whether *anim* runs only matplotlib's own code between stepping a frame and handing it to the writer."""
    kind = type(anim)
    return (
        kind._post_draw is _post_draw
        and kind._draw_next_frame is Animation._draw_next_frame
        and not (vars(anim).keys() & {"_post_draw", "_draw_next_frame"})
    )


def only_animations_listen(canvas: Any) -> bool:
    """Whether only animations listen to the draw events of *canvas*.

    Their callback does nothing while an animation is saved.
    """
    callbacks = [reference() for reference in canvas.callbacks.callbacks.get("draw_event", {}).values()]
    return all(each is None or getattr(each, "__func__", None) is _start for each in callbacks)


def caller_is_post_draw(depth: int) -> bool:
    """Whether the function *depth* calls above the caller is ``Animation._post_draw``.

    That method draws each frame before the writer does.
    """
    return sys._getframe(depth + 1).f_code is getattr(_post_draw, "__code__", None)


def user_functions(anim: Animation) -> list[Any] | None:
    """Return the user's functions of a plain FuncAnimation, and their extra arguments.

    Return None for any other kind of animation, whose dependencies are unknown.
    """
    if not isinstance(anim, FuncAnimation) or type(anim)._draw_frame is not FuncAnimation._draw_frame:
        return None
    return [anim._func, anim._init_func, anim._args]


def sized_frames(anim: Animation) -> Any:
    """Return the sequence of frame values that ``save`` will iterate over.

    Return None if the values can only be obtained one at a time (generators, iterators).
    """
    if type(anim).new_saved_frame_seq not in (
        FuncAnimation.new_saved_frame_seq,
        Animation.new_saved_frame_seq,
    ) or type(anim).new_frame_seq not in (FuncAnimation.new_frame_seq, Animation.new_frame_seq):
        return None
    if isinstance(anim, ArtistAnimation):
        return anim._framedata if hasattr(anim._framedata, "__len__") else None
    if not isinstance(anim, FuncAnimation):
        return None
    count = anim._save_count
    defaults = getattr(anim._iter_gen, "__defaults__", None)
    closure = getattr(anim._iter_gen, "__closure__", None) or ()
    if getattr(anim._iter_gen, "__module__", None) != FuncAnimation.__module__ or count is None:
        return None  # the user's own generator function
    for source in [*(defaults or ()), *(cell.cell_contents for cell in closure)]:
        if isinstance(source, numbers.Integral) and source == count:
            return range(int(source))
        if isinstance(source, list | tuple | range | np.ndarray) and len(source) == count:
            return source
    return None


def expected_count(anim: Animation) -> int | None:
    """Return the number of frames that ``save`` expects to draw, or None if it does not know."""
    if isinstance(anim, ArtistAnimation):
        return len(anim._framedata)
    count = getattr(anim, "_save_count", None)
    return None if count is None else int(count)


def suppress_unrendered_warning(anim: Animation) -> None:
    """Suppress matplotlib's warning that *anim* was never rendered."""
    anim._draw_was_started = True


def is_endless(anim: Animation) -> bool:
    """Whether ``save`` would never end: *anim* has ``frames=None`` and no ``save_count``."""
    return isinstance(anim, FuncAnimation) and anim._iter_gen is itertools.count and anim._save_count is None


def through(anim: Animation, wrap: Callable[[Iterator[Any]], Iterable[Any]]) -> Callable[[], None]:
    """Pass the frames of the next save of *anim* through *wrap*; return a function that undoes this."""
    original = anim.new_saved_frame_seq
    anim.new_saved_frame_seq = lambda: wrap(iter(original()))

    def undo() -> None:
        vars(anim).pop("new_saved_frame_seq", None)

    return undo


def save(target: Any, path: str, writer: Any, progress: Callable[[int, int | None], Any] | None) -> None:
    """Call ``Animation.save`` with the arguments of *target*, but with this *path* and *writer*.

    ``Animation.save`` detaches the manager of the figure's window from the canvas
    while it runs.  A scene that only shows its animation expects the manager to be
    there while the frames run, as it is in a window, so it is put back.
    """
    anim, canvas = target.anim, figure_of(target.anim).canvas
    if target.shown and canvas.manager is not None:
        manager, init_draw = canvas.manager, anim._init_draw

        def init_draw_shown() -> None:
            canvas.manager = manager  # `save` restores it once more at its end
            init_draw()

        anim._init_draw = init_draw_shown
    try:
        original_save(
            anim,
            path,
            writer=writer,
            dpi=target.dpi,
            extra_anim=target.extra_anim,
            savefig_kwargs=target.savefig_kwargs,
            progress_callback=progress,
        )
    finally:
        if target.shown:
            vars(anim).pop("_init_draw", None)


def setup_writer_without_process(writer: Any, figure: Any, filename: str, dpi: float) -> tuple[float, float] | None:
    """Do what the ``setup`` of an ffmpeg writer does, except starting ffmpeg.

    Returns
    -------
    tuple of float or None
        Width and height in inches to which the writer resets the figure before
        every frame.  None for a file-based writer, which does not resize it.
    """
    AbstractMovieWriter.setup(writer, figure, filename, dpi)
    width, height = writer._adjust_frame_size()
    if isinstance(writer, FFMpegFileWriter):
        return None
    writer._w, writer._h = width, height
    return width, height


@contextlib.contextmanager
def saving(canvas: Any) -> Iterator[None]:
    """Put *canvas* into the state that ``Animation.save`` gives it while it iterates over the frames.

    ``Animation.save`` restores the canvas before it calls the writer's ``finish``.
    In the restored state, a draw would leave out animated artists.
    """
    was = canvas._is_saving, canvas.manager
    canvas._is_saving, canvas.manager = True, None
    try:
        yield
    finally:
        canvas._is_saving, canvas.manager = was


def supports_transparency(writer: Any) -> bool:
    """Whether *writer* keeps an alpha channel."""
    supports = getattr(writer, "_supports_transparency", None)
    return bool(supports()) if supports is not None else False


_settled: weakref.WeakKeyDictionary[Any, tuple[Any, ...]] = weakref.WeakKeyDictionary()
"""For each axes, the values that determine its box, from the last check by `_stays_in_place`."""


def settle(figure: Any) -> bool:
    """Apply those side effects of a draw of *figure* that later frames can see, without drawing it.

    Drawing an axes resolves autoscaling, may move its box or its data limits
    according to its aspect, and sets the projection of a three-dimensional axes.
    Lines convert their data, and axes number the categories that are new in it.
    A frame that is stepped but not drawn would otherwise miss all of that.

    Returns
    -------
    bool
        Whether the frame must really be drawn.  A quiver without a scale takes one at
        its first draw, from the data that it then shows, and keeps it.
    """
    unsettled = False
    for ax in figure.axes:
        if ax.get_visible():
            ax._unstale_viewLim()
            if ax.get_axes_locator() is None and not _stays_in_place(ax):
                ax.apply_aspect()
            if hasattr(ax, "get_proj"):
                ax.M = ax.get_proj()
            _take_data(ax)
            quivers = (child for child in ax.collections if isinstance(child, Quiver))
            unsettled = unsettled or any(quiver.scale is None and quiver.get_visible() for quiver in quivers)
    return unsettled


def convert_line_data(figure: Any) -> None:
    """Have all visible lines convert their data before any artist is inspected: axes number new categories in it."""
    for ax in figure.axes:
        if ax.get_visible():
            _take_data(ax)


def _take_data(ax: Any) -> None:
    for line in ax.lines:
        if line.get_visible():
            with contextlib.suppress(Untrackable):  # the draw reports what is wrong with the data
                prepare(line)


def _stays_in_place(ax: Any) -> bool:
    """Whether ``apply_aspect`` would leave *ax* where it is; checking is ten times faster than applying."""
    if ax.get_aspect() == "auto" and ax.get_box_aspect() is None:
        return bool((ax._position.get_points() == ax._originalPosition.get_points()).all())
    if type(ax) is not Axes or ax._adjustable != "box":
        return False
    # Here ``apply_aspect`` moves only the box, and depends only on these values: equal values give the same box.
    scales = [axis._scale for axis in ax._axis_map.values()]
    boxes = ax._position, ax._originalPosition, ax._viewLim, ax.figure.bbox
    now = ax._aspect, ax._box_aspect, ax._anchor, scales, *[box.get_points().tobytes() for box in boxes]
    stays, _settled[ax] = _settled.get(ax) == now, now
    return stays


def is_own_callback(function: Any) -> bool:
    """Whether *function*, a canvas callback, is matplotlib's own."""
    module = str(getattr(function, "__module__", ""))
    return module.partition(".")[0] in ("matplotlib", "mpl_toolkits") and is_library_function(function)


def registered_name(writer: Any) -> str:
    """Return the name under which the exact class of *writer* is registered, or an empty string."""
    for name in writers.list():
        if writers[name] is type(writer):
            return str(name)
    return ""


def writes_one_file(writer: Any) -> bool:
    """Whether *writer* is one of matplotlib's writers that write a single file, whatever its name."""
    return type(writer) in (PillowWriter, ImageMagickWriter, ImageMagickFileWriter, FFMpegFileWriter)
