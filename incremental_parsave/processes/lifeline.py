"""The lifeline: processes that work for a command end at once when the command is gone.

A lifeline is a pipe to which nothing is ever written.  Only the command holds the end for
writing; each process that works for it holds the end for reading.  However the command ends,
the system closes its end, and sends a signal to each process that asked for it (``O_ASYNC``).
On Linux, this is SIGKILL, which also ends a process that sleeps or is busy in a C library.
Elsewhere, it is SIGIO, which ends a process as soon as Python handles it.  A process that is
about to put a file in place checks the pipe once more (`check`).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys

from . import own, proc

try:
    import fcntl
except ImportError:  # not on this system: only `check` is left
    fcntl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_GONE = 1  # exit status; no process reads it


class _Ends:
    """The descriptors of the lifeline in this process, or -1."""

    reading = -1
    writing = -1  # held only if this process plays the part of the command
    which: tuple[int, int] | None = None
    parent = 0  # process id of the command, if the command started this process


def join_lifeline(descriptor: int) -> None:
    """Let this process end with the lifeline; *descriptor* is the inherited end for reading."""
    _hold(own.keep(descriptor))
    _Ends.parent = os.getppid()
    _request_signal(_Ends.reading, os.getpid())
    check()


def forked(*, group: bool = False) -> None:
    """Let this forked process end with its parent's lifeline; if *group*, the process group that it leads ends too."""
    if _Ends.reading < 0:
        return
    if _Ends.writing >= 0:
        os.close(_Ends.writing)
        _Ends.writing = -1
    _Ends.parent = 0
    anew = _opened_anew(_Ends.reading) if _is_whole() else -1
    if anew < 0:
        return  # only `check` is left
    own.close(_Ends.reading)
    _hold(own.keep(anew))
    _request_signal(_Ends.reading, -os.getpid() if group else os.getpid())
    check()


def also(pid: int) -> int:
    """Let the child process *pid* end with the lifeline too, until the returned descriptor is closed.

    Return -1 if that is not possible.
    """
    anew = _opened_anew(_Ends.reading) if _is_whole() else -1
    if anew >= 0:
        _request_signal(anew, pid)
        check()
    return anew


@contextlib.contextmanager
def of_this_process() -> Iterator[None]:
    """Play the part of the command inside the with block, if there is no command, as in a plain script."""
    if _Ends.reading >= 0:
        yield
        return
    reading, _Ends.writing = own.pipe()
    _hold(reading)
    try:
        yield
    finally:
        if _Ends.writing >= 0:  # else this is the fallback process, in place of the script
            for end in (_Ends.writing, _Ends.reading):
                with contextlib.suppress(OSError):
                    os.close(end)
            _Ends.reading = _Ends.writing = -1


def _is_whole() -> bool:
    """Whether the descriptor still belongs to the lifeline: a scene may close descriptors that are not its own."""
    try:
        found = os.fstat(_Ends.reading)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == _Ends.which


def is_broken() -> bool:
    """Whether the command has ended, as far as that can be determined."""
    if _Ends.writing >= 0:
        return False
    if not _is_whole():
        return _Ends.parent not in (0, os.getppid())
    poll = select.poll()
    poll.register(_Ends.reading, select.POLLIN)
    return any(happened & select.POLLHUP for _, happened in poll.poll(0))


def check() -> None:
    """End this process if the command has ended."""
    if is_broken():
        os._exit(_GONE)


def _hold(descriptor: int) -> None:
    _Ends.reading = descriptor
    found = os.fstat(descriptor)
    _Ends.which = (found.st_dev, found.st_ino)


def _opened_anew(descriptor: int) -> int:
    """Open the same end of the pipe again, because an open file signals one process only; return -1 on failure."""
    if sys.platform != "linux":
        return -1
    try:
        return os.open(proc.path_to(descriptor), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return -1


def _request_signal(descriptor: int, target: int) -> None:
    """Request a signal to process *target* when the lifeline ends; a negative number stands for a process group."""
    if fcntl is None or not hasattr(os, "O_ASYNC"):
        return
    with contextlib.suppress(OSError):
        if hasattr(fcntl, "F_SETSIG"):
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
        elif target == os.getpid():
            signal.signal(signal.SIGIO, lambda number, frame: check())
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, target)
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
