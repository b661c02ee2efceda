"""Reasons, known before the first frame, why a scene must be built in one process."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator
from typing import Any

from matplotlib.axis import Axis

from ..drawing.canvas import is_drawn_by_agg
from ..drawing.origin import is_library_function
from ..drawing.pristine import MATPLOTLIB
from ..mpl import animation as mpl_animation
from ..mpl.target import Target
from ..processes import own, proc
from ..tracing.threads import tqdm_lock_address, unknown_threads
from .helpers import children
from .kernel import Kernel
from .shared_memory import SHARES, pipes_of_ended_pools, shares_memory

_LIBRARY = ("matplotlib", "mpl_toolkits")
_HAS_CHILDREN = "the script has child processes"
_DRAWING_METHODS = ("draw", "savefig")


def doubt(target: Target, kernel: Kernel | None = None) -> str:
    """Return why *target* must be built in one process; empty if workers may build it.

    Parameters
    ----------
    target : Target
    kernel : Kernel, optional
        The notebook kernel, if a copy of it is to build the target.  Its threads and files do not count.
    """
    if sys.platform != "linux":
        return "parallel workers are supported on Linux only"
    figure = mpl_animation.figure_of(target.anim)
    if not is_drawn_by_agg(figure.canvas):
        return f"the figure has a {type(figure.canvas).__qualname__}, which does not draw with Agg"
    if any(kernel is None or not kernel.runs(thread) for thread in unknown_threads()):
        return "the script has running threads"
    if signal.getsignal(signal.SIGCHLD) is not signal.SIG_DFL:
        return "the script handles SIGCHLD"
    return _processes() or _open_files(kernel) or _callbacks(figure) or own_drawing_method(target, figure) or _patched()


def shared_with_fork() -> str:
    """Name what a long-lived fork of this process would share with it; empty if nothing."""
    if children(idle=True):
        return _HAS_CHILDREN
    return SHARES if shares_memory() else _open_files()


def _processes() -> str:
    """Name the child processes or shared memory of this process; empty if it has none."""
    if children(idle=False):
        return _HAS_CHILDREN
    return SHARES if shares_memory(tqdm_lock_address()) else ""


def _open_files(kernel: Kernel | None = None) -> str:
    """Name an open file, socket or pipe whose position or content forked processes would share."""
    for found in proc.descriptors():
        if found.number <= 2 or (kernel is not None and kernel.holds(found.number, found.link)):
            continue
        if found.link.startswith("socket:"):
            return "the script has an open socket"
        if found.access != os.O_WRONLY and (once := _reads_once(found.number, found.link)):
            return once
        if found.link.startswith("/") and not proc.is_of_system(found.link) and found.access != os.O_RDONLY:
            return f"the script has {found.link} open for writing"
    return ""


def _reads_once(descriptor: int, link: str) -> str:
    """Name what *descriptor* refers to, if data that one process reads there is lost to all others."""
    if own.is_pipe_of_script(descriptor):
        return "" if _has_ended(descriptor) else "the script has an open pipe"
    if not link.startswith("/") or not own.is_read_once(os.fstat(descriptor)):
        return ""
    return f"the script has {link} open, which can be read only once"


def _has_ended(pipe: int) -> bool:
    """Whether *pipe* will carry no more data: its other end is closed, or its pool has ended."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    happened = [events for _, events in poll.poll(0)]
    return happened == [select.POLLHUP] or pipe in pipes_of_ended_pools()


def _callbacks(figure: Any) -> str:
    """Name a callback of the user's that runs at a draw or a resize; empty if there is none."""
    registered = figure.canvas.callbacks.callbacks
    for event in ("draw_event", "resize_event"):
        for reference in registered.get(event, {}).values():
            function = reference()
            if function is not None and not mpl_animation.is_own_callback(function):
                return f"the figure has a {event} callback"
    return ""


def _patched() -> str:
    """Name code of matplotlib that the scene has replaced and that runs at a draw; empty if there is none."""
    code = MATPLOTLIB.differences().code
    return f"the script has replaced {code}" if code else ""


def own_drawing_method(target: Target, figure: Any) -> str:
    """Name an artist or a writer with a drawing method of its own; empty if there is none."""
    for artist in {type(artist): artist for artist in _artists(figure)}.values():
        for method in _DRAWING_METHODS:
            function = getattr(type(artist), method, None)
            if not _is_matplotlibs(function) or method in vars(artist):
                return f"{type(artist).__qualname__} overrides {method}()"
    if "grab_frame" in vars(target.writer):
        return "the writer overrides grab_frame()"
    return ""


def _is_matplotlibs(function: Any) -> bool:
    """Whether a method is matplotlib's own code; its ``__module__`` alone does not prove that."""
    module = str(getattr(function, "__module__", "matplotlib"))
    return module.partition(".")[0] in _LIBRARY and (function is None or is_library_function(function))


def _artists(artist: Any) -> Iterator[Any]:
    """Yield *artist* and all that it draws, except ticks.

    ``findobj`` would create the ticks and so resolve autoscaling before the
    animation begins.  Looking must not change what is drawn.
    """
    yield artist
    if isinstance(artist, Axis):
        yield from (artist.label, artist.offsetText)
    else:
        for child in artist.get_children():
            yield from _artists(child)
