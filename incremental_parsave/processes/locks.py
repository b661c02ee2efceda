"""Locks of files, and other calls of `fcntl`: the only module besides `lifeline` that makes them.

A lock belongs to an open file, so the system releases it when the process ends.  Without `fcntl`, nothing is
locked, and pipes keep the size that the system gives them.
"""

from __future__ import annotations

import contextlib
import os

try:
    import fcntl
except ImportError:  # not on this system
    fcntl = None  # type: ignore[assignment]

CAN_LOCK = fcntl is not None


def lock(descriptor: int) -> None:
    """Lock an open file, after waiting for any process that holds its lock; raise `OSError` if locks do not work."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def try_to_lock(descriptor: int) -> None:
    """Lock an open file; raise `OSError` if another process holds its lock, or if locks do not work."""
    if fcntl is None:
        raise OSError("no locks on this system")
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def duplicate(descriptor: int, lowest: int) -> int:
    """Return a duplicate of *descriptor*, closed on exec, numbered *lowest* or higher; may raise `OSError`."""
    if fcntl is None:
        return os.dup(descriptor)
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)


def widen(descriptor: int, size: int) -> None:
    """Let a pipe hold *size* bytes, if that can be set, so that reader and writer switch less often."""
    if fcntl is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, size)


def is_read_only(descriptor: int) -> bool:
    """Whether *descriptor* is open for reading only; False if that cannot be determined."""
    return fcntl is not None and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
