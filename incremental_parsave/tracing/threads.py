"""Threads of the scene's process: which ones run or start, and how to stop those that have no effect on a movie.

A forked process has only one thread, and a lock that another thread held at the
fork stays locked in it.  So the scene's process must have no other thread when it
forks, and the animation must start none.  tqdm's monitor thread, which redraws
progress bars that have stood still for ten seconds, is stopped during that time.
tqdm's bars also do not use the lock that all processes share: a process that is
killed while it holds the lock would never release it.
"""

from __future__ import annotations

import _thread
import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from .audit import is_library

_PATIENCE = 1.0  # seconds
_STARTERS: tuple[tuple[Any, str], ...] = (
    (_thread, "start_new_thread"),
    (_thread, "start_new"),
    (threading, "_start_new_thread"),
)
"""The functions that start threads on Python 3.11."""


@contextlib.contextmanager
def watching_threads(notify: Callable[[], None]) -> Iterator[None]:
    """Call *notify* before a thread starts, inside the with block, on Python 3.11.

    Later versions raise the audit events `audit.THREADS` instead.
    """
    starters = _STARTERS if sys.version_info < (3, 12) else ()
    originals = [(module, name, getattr(module, name)) for module, name in starters]

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def start(*args: Any, **kwargs: Any) -> Any:
            notify()
            return original(*args, **kwargs)

        return start

    for module, name, original in originals:
        setattr(module, name, watched(original))
    try:
        yield
    finally:
        for module, name, original in originals:
            setattr(module, name, original)


def unknown_threads() -> list[threading.Thread]:
    """Return the threads, other than this one, whose purpose is not known."""
    own = threading.current_thread()
    return [thread for thread in threading.enumerate() if thread is not own and not _is_tqdms_monitor(thread)]


def _is_tqdms_monitor(thread: threading.Thread) -> bool:
    module = sys.modules.get("tqdm._monitor")
    kind = getattr(module, "TMonitor", None)
    return kind is not None and type(thread) is kind and is_library(kind.run.__code__.co_filename)


def tqdm_lock_address() -> int:
    """Return the address of the tqdm lock that all processes share; 0 if there is none."""
    kind = getattr(sys.modules.get("tqdm.std"), "TqdmDefaultWriteLock", None)
    return int(getattr(getattr(getattr(kind, "mp_lock", None), "_semlock", None), "handle", 0))


class Monitors:
    """Stops tqdm's monitor threads and starts them again; see `tqdm.tqdm.monitor_interval`."""

    def __init__(self) -> None:
        self._stopped: list[Any] = []
        self._has_lock: bool | None = None  # whether tqdm had made its shared lock; None if not stopped
        self._intervals: list[tuple[type, float]] = []

    def stop(self) -> bool:
        """Stop all monitors and let no new one start; return whether they have ended."""
        std = sys.modules.get("tqdm.std")
        if std is None:
            return True
        self._set_lock_aside(std)
        monitors: list[Any] = [thread for thread in threading.enumerate() if _is_tqdms_monitor(thread)]
        bars = [std.tqdm, *(monitor.tqdm_cls for monitor in monitors)]
        for bar in dict.fromkeys(bars):
            if bar is std.tqdm or "monitor_interval" in vars(bar):
                self._intervals.append((bar, bar.monitor_interval))
                bar.monitor_interval = 0
        for monitor in monitors:
            monitor.was_killed.set()
            monitor.join(_PATIENCE)  # the monitor may wait for a lock that this thread holds
            self._stopped.append(monitor)
        return not any(monitor.is_alive() for monitor in monitors)

    def start(self) -> None:
        """Restore the state from before `stop`."""
        self._take_lock_up()
        for bar, interval in self._intervals:
            bar.monitor_interval = interval  # type: ignore[attr-defined]
        for monitor in self._stopped:
            bar = monitor.tqdm_cls
            if bar.monitor is monitor and bar.monitor_interval:
                bar.monitor = type(monitor)(bar, bar.monitor_interval)
        self._stopped, self._intervals = [], []

    def _set_lock_aside(self, std: Any) -> None:
        """Make the lock of all bars, including new ones, exclude other threads but not other processes."""
        kind = std.TqdmDefaultWriteLock
        self._has_lock = hasattr(kind, "mp_lock")
        if not self._has_lock:
            kind.mp_lock = None
        lock: Any = getattr(std.tqdm, "_lock", None)
        if type(lock) is kind:
            lock.locks = [each for each in lock.locks if each is not kind.mp_lock]

    def _take_lock_up(self) -> None:
        if self._has_lock is None:
            return
        std: Any = sys.modules["tqdm.std"]
        kind: Any = std.TqdmDefaultWriteLock
        if not self._has_lock:
            del kind.mp_lock
        lock: Any = getattr(std.tqdm, "_lock", None)
        if type(lock) is kind:
            lock.locks = kind().locks
        self._has_lock = None
