"""Fork processes in the middle of a loop; they continue in it.

Only this module forks.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import stat
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from ..errors import WorkerError
from . import lifeline, locks, own, proc
from .signals import ENDING


class Fallback:
    """The fallback process, which sleeps in the state before the first frame.

    If building in parallel is given up, it wakes and continues in place of the process that
    forked it.  That process then only passes on signals and the exit status.
    """

    def __init__(self) -> None:
        flush_streams()  # or both processes would print what is buffered
        with interrupts_postponed():  # until `dismiss` can find it
            waiting, self._waking = own.pipe()
            state = random.getstate()
            self._pid = fork()
            self.words = ""
            if self._pid:
                os.close(waiting)
                return
            os.close(self._waking)
            handlers = ignore_interrupts()
            words = b""
            while chunk := os.read(waiting, 4096):
                words += chunk
            os.close(waiting)
            if not words:
                os._exit(0)  # it was not needed
            restore_handlers(handlers)
            reopen_files()
            restore_random(state)
            self.words = words.decode()

    @property
    def is_awake(self) -> bool:
        """Whether this process is the fallback process, and was woken."""
        return bool(self.words)

    def dismiss(self) -> None:
        """Let the fallback process end."""
        os.close(self._waking)
        os.waitpid(self._pid, 0)

    def forget(self) -> None:
        """Close the descriptor that a worker inherited."""
        os.close(self._waking)

    def take_over(self, words: str) -> None:
        """Wake the fallback process, send it the reason *words*, wait for it, and exit as it does; never returns."""
        os.write(self._waking, words.encode())
        os.close(self._waking)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the fallback process gets it too, and handles it
        for number in ENDING:
            signal.signal(number, lambda number, frame: os.kill(self._pid, number))
        _, status = os.waitpid(self._pid, 0)
        if os.WIFSIGNALED(status):
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
            os.kill(os.getpid(), os.WTERMSIG(status))
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


class Original:
    """Replaces `Fallback` if this process is a copy: the original waits in the state before the first frame.

    Parameters
    ----------
    give_up : callable
        Called with the reason why building in parallel is given up; never returns.
    """

    is_awake = False
    words = ""

    def __init__(self, give_up: Callable[[str], NoReturn]) -> None:
        self.take_over = give_up

    def dismiss(self) -> None:
        """Do nothing: the copy sends the original `Made` when the movie is in place."""

    def forget(self) -> None:
        """Do nothing: a worker has inherited no descriptor to close."""


def fork(*, leads: bool = False) -> int:
    """Fork this process; return 0 in the child, and the child's process id in the parent.

    If *leads*, the child leads a process group of its own.
    """
    with warnings.catch_warnings(), interrupts_postponed():
        # The warning is about a system thread of numpy's OpenBLAS.  There is only one Python thread; that was checked.
        warnings.filterwarnings("ignore", message=".*multi-threaded.*fork.*", category=DeprecationWarning)
        try:
            pid = own.fork()
        except OSError as error:
            raise WorkerError(f"cannot start another process: {error.strerror}", "use fewer workers (-j 1)") from None
        if pid == 0:
            if leads:
                os.setpgid(0, 0)
            lifeline.forked(group=leads)
        return pid


def lead(child: int) -> None:
    """Make *child* lead its own process group now, in case it has not done so itself yet."""
    with contextlib.suppress(OSError):
        os.setpgid(child, child)


def ignore_interrupts() -> dict[int, Any]:
    """Prepare this process to sleep: signals that end a build raise nothing in it; return the previous handlers.

    An interrupt is ignored, since it is meant for other processes.  The other signals that end a build end a
    sleeping process at once.
    """
    return {**end_at_once(), signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}


def end_at_once() -> dict[int, Any]:
    """Let signals of `ENDING` end this process silently; return the Python handlers that they had."""
    return {number: signal.signal(number, signal.SIG_DFL) for number in ENDING if callable(signal.getsignal(number))}


def restore_handlers(handlers: dict[int, Any]) -> None:
    """Restore *handlers*, in a process that was woken."""
    for number, handler in handlers.items():
        signal.signal(number, signal.default_int_handler if handler is None else handler)


def flush_streams() -> None:
    """Flush standard output and error, as far as the scene has left streams that can be flushed."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(Exception):  # closed, None, or an object of the scene's own
            stream.flush()  # type: ignore[union-attr]


@contextlib.contextmanager
def interrupts_postponed() -> Iterator[None]:
    """Postpone interrupts inside the with block.

    Python discards an exception that is raised in a fork hook, and an exception that is raised before the new
    process is registered would leave that process running.  Blocking the signal is not enough, since another
    system thread may receive it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers, me = {number: signal.getsignal(number) for number in (signal.SIGINT, *ENDING)}, os.getpid()
    interrupted: list[int] = []

    def note(number: int, frame: Any) -> None:
        interrupted.append(number)

    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if signal.getsignal(number) is note:  # a forked process may have installed another
                signal.signal(number, handler)
        if interrupted and os.getpid() == me:
            signal.raise_signal(interrupted[0])


def detach_standard_streams() -> None:
    """Connect standard input, output and error to the null device, in a forked process that must not print."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        if not _is_read_from(descriptor):  # a font, for example, if the scene has closed the stream
            os.dup2(nothing, descriptor)
    if nothing > 2:
        os.close(nothing)


def _is_read_from(descriptor: int) -> bool:
    """Whether *descriptor* is a regular file that is open for reading only, not a stream to print on."""
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and locks.is_read_only(descriptor)
    except OSError:
        return False


def reopen_files() -> None:
    """Open again all files that are open for reading, so that reads here move no other process's position.

    A forked process shares the position of every open file with its parent.
    matplotlib keeps its fonts open and seeks in them for each new glyph.  Two
    workers that share a position would read each other's glyphs.
    """
    for found in list(proc.descriptors()):
        descriptor, path = found.number, proc.path_to(found.number)
        if not os.path.isfile(path) or found.access != os.O_RDONLY or proc.is_of_system(found.link):
            continue
        position = os.lseek(descriptor, 0, os.SEEK_CUR)
        fresh = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        os.lseek(fresh, position, os.SEEK_SET)
        os.dup2(fresh, descriptor, inheritable=False)
        os.close(fresh)


def restore_random(state: Any) -> None:
    """Restore the state of Python's `random`, which CPython seeds anew in every forked child."""
    if "random" in sys.modules:
        random.setstate(state)
