"""Whether the command is still there: processes that nobody waits for any more end at once.

A lifeline is a pipe in which nothing is ever written.  The command alone holds the end for
writing; each process that works for it holds the other.  When the command ends, in whichever
way, the system closes its end, and has a signal sent to each who asked for it (``O_ASYNC``):
on Linux SIGKILL, which also ends one that is busy in a C library or asleep.  Elsewhere it is
SIGIO, which ends a process when Python comes to it.  Who is about to put something in place
looks once more (`check`).
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
except ImportError:  # no such system: what is left is `check`
    fcntl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_GONE = 1  # exit status, which nobody reads


class _Ends:
    """Of this process: descriptors, or -1."""

    reading = -1
    writing = -1  # where this process is the one whose end is waited for
    which: tuple[int, int] | None = None
    parent = 0  # the command, in the process that it started


def hang_on(descriptor: int) -> None:
    """End with the lifeline of this *descriptor*, the end for reading, which was inherited."""
    _hold(own.keep(descriptor))
    _Ends.parent = os.getppid()
    _ask(_Ends.reading, os.getpid())
    check()


def forked(*, group: bool = False) -> None:
    """Hang on the lifeline of the process that forked this one; with a whole *group*, of which this is the first."""
    if _Ends.reading < 0:
        return
    if _Ends.writing >= 0:
        os.close(_Ends.writing)
        _Ends.writing = -1
    _Ends.parent = 0
    anew = _opened_anew(_Ends.reading) if _is_whole() else -1
    if anew < 0:
        return  # `check` is left
    own.close(_Ends.reading)
    _hold(own.keep(anew))
    _ask(_Ends.reading, -os.getpid() if group else os.getpid())
    check()


def also(pid: int) -> int:
    """Have *pid*, a child of this process, end with the lifeline too, until the descriptor returned is closed.

    Returns -1 where that cannot be had.
    """
    anew = _opened_anew(_Ends.reading) if _is_whole() else -1
    if anew >= 0:
        _ask(anew, pid)
        check()
    return anew


@contextlib.contextmanager
def of_this_process() -> Iterator[None]:
    """Within, be the one whose end is waited for, unless there is a command: as in a plain script."""
    if _Ends.reading >= 0:
        yield
        return
    reading, _Ends.writing = own.pipe()
    _hold(reading)
    try:
        yield
    finally:
        if _Ends.writing >= 0:  # else this is the spare, which goes on in place of the script
            for end in (_Ends.writing, _Ends.reading):
                with contextlib.suppress(OSError):
                    os.close(end)
            _Ends.reading = _Ends.writing = -1


def _is_whole() -> bool:
    """Whether the descriptor is still that of the lifeline: a scene may close what is not its own."""
    try:
        found = os.fstat(_Ends.reading)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == _Ends.which


def is_cut() -> bool:
    """Whether the command has ended, as far as one can know."""
    if _Ends.writing >= 0:
        return False
    if not _is_whole():
        return _Ends.parent not in (0, os.getppid())
    poll = select.poll()
    poll.register(_Ends.reading, select.POLLIN)
    return any(happened & select.POLLHUP for _, happened in poll.poll(0))


def check() -> None:
    """End this process if the command has ended."""
    if is_cut():
        os._exit(_GONE)


def _hold(descriptor: int) -> None:
    _Ends.reading = descriptor
    found = os.fstat(descriptor)
    _Ends.which = (found.st_dev, found.st_ino)


def _opened_anew(descriptor: int) -> int:
    """Return another descriptor of the same end, or -1: whom to signal is kept by each opened file."""
    if sys.platform != "linux":
        return -1
    try:
        return os.open(proc.path_to(descriptor), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return -1


def _ask(descriptor: int, whom: int) -> None:
    """Have a process, or as a negative number a group, be signalled when the lifeline ends."""
    if fcntl is None or not hasattr(os, "O_ASYNC"):
        return
    with contextlib.suppress(OSError):
        if hasattr(fcntl, "F_SETSIG"):
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
        elif whom == os.getpid():
            signal.signal(signal.SIGIO, lambda number, frame: check())
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, whom)
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
