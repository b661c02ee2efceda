"""The kernel of a notebook: which threads and sockets are its own, and what a forked copy must not touch.

While a cell runs, the kernel's own threads wait for messages or forward printed output.  A forked copy has
none of these threads, but it has the same sockets: it must not send anything or ask the user for input.
The private names used here were checked in ipykernel 7.4.  If one is missing, `running_kernel` finds no kernel.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import io
import os
import sys
import threading
from typing import Any

from ..processes.proc import sockets_at
from ..tracing.audit import is_library

_THREADS = {
    "IPython.core.history.HistorySavingThread",  # it is stopped before any fork
    "ipykernel.control.ControlThread",
    "ipykernel.heartbeat.Heartbeat",
    "ipykernel.iostream.IOPubThread",
    "ipykernel.iostream.OutStream",
    "ipykernel.parentpoller.ParentPollerUnix",
    "ipykernel.shellchannel.ShellChannelThread",
    "zmq.utils.garbage.GarbageCollectorThread",
}
"""Classes of threads, and of objects whose method a plain thread runs.

The threads of subshells are not among them, since they may run a cell.
"""
_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


class Kernel:
    """The kernel that runs in this process.

    Parameters
    ----------
    app : ipykernel.kernelapp.IPKernelApp
    """

    def __init__(self, app: Any) -> None:
        self._iopub, self._kernel = app.iopub_thread, app.kernel
        kind = sys.modules["ipykernel.iostream"].OutStream
        loops = sys.modules["asyncio"].BaseEventLoop
        things = [thing for thing in gc.get_objects() if isinstance(thing, kind | loops)]
        self._streams = [thing for thing in things if isinstance(thing, kind)]
        ports = {getattr(app, f"{channel}_port") for channel in _CHANNELS} | {self._iopub._pipe_port}
        self._sockets = sockets_at(ports)
        for loop in things:
            for end in (getattr(loop, "_ssock", None), getattr(loop, "_csock", None)):  # they wake the loop
                if end is not None and end.fileno() >= 0:
                    self._sockets.add(str(os.fstat(end.fileno()).st_ino))
        self._copies = {getattr(stream, "_original_stdstream_copy", None) for stream in self._streams}
        self._history = str(app.shell.history_manager.hist_file)
        self._kept: list[Any] = []

    def runs(self, thread: threading.Thread) -> bool:
        """Whether *thread* is the kernel's own and runs no user code."""
        what: Any = getattr(getattr(thread, "_target", None), "__self__", thread)
        kind = type(what if type(thread) is threading.Thread else thread)
        named = f"{kind.__module__}.{kind.__qualname__}" in _THREADS
        return named and is_library(kind.__init__.__code__.co_filename)

    def holds(self, descriptor: int, link: str) -> bool:
        """Whether *descriptor*, which refers to *link*, is the kernel's own."""
        if link.startswith("socket:"):
            return link[len("socket:[") : -1] in self._sockets
        return descriptor in self._copies or (os.path.isabs(self._history) and link.startswith(self._history))

    def fall_silent(self) -> None:
        """In a forked copy, discard printed and displayed output, and replace locks that threads may hold."""
        for stream in self._streams:
            stream._buffer_lock, stream._buffers = threading.RLock(), collections.defaultdict(io.StringIO)
            stream.echo = None
        self._kept.append(self._iopub.socket)  # dropping the last reference would close it
        self._iopub.socket = None
        self._kernel._input_request = lambda *args, **kwargs: sys.stdin.readline()  # which the guard refuses


def running_kernel() -> Kernel | None:
    """Return the kernel, if this process is one and this is its main thread; else None."""
    kind = getattr(sys.modules.get("ipykernel.kernelapp"), "IPKernelApp", None)
    if kind is None or not kind.initialized() or sys.platform != "linux":
        return None
    with contextlib.suppress(AttributeError, OSError):
        app = kind.instance()
        if app.iopub_thread.thread.is_alive() and threading.current_thread() is threading.main_thread():
            return Kernel(app)
    return None
