"""Processes that are forked in the middle of a loop and go on in it.

Only this file forks.
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
    """A process that sleeps in the state before the first frame.

    If the fast way fails, it wakes and goes on in place of the one that forked
    it, which becomes a shell around it.
    """

    def __init__(self) -> None:
        flush_streams()  # or what was printed before would be printed by both
        with interrupts_put_off():  # until `dismiss` would find it
            waiting, self._waking = own.pipe()
            state = random.getstate()
            self._pid = fork()
            self.words = ""
            if self._pid:
                os.close(waiting)
                return
            os.close(self._waking)
            handlers = deaf()
            words = b""
            while chunk := os.read(waiting, 4096):
                words += chunk
            os.close(waiting)
            if not words:
                os._exit(0)  # it was not needed
            hear_again(handlers)
            own_descriptors()
            restore_random(state)
            self.words = words.decode()

    @property
    def is_awake(self) -> bool:
        """Whether this process is the spare, woken."""
        return bool(self.words)

    def dismiss(self) -> None:
        """Let it end."""
        os.close(self._waking)
        os.waitpid(self._pid, 0)

    def forget(self) -> None:
        """Close what a worker inherited of it."""
        os.close(self._waking)

    def take_over(self, words: str) -> None:
        """Wake it with *words*, wait for it and end as it ends; never returns."""
        os.write(self._waking, words.encode())
        os.close(self._waking)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is meant for the spare, which has it too
        for number in ENDING:
            signal.signal(number, lambda number, frame: os.kill(self._pid, number))
        _, status = os.waitpid(self._pid, 0)
        if os.WIFSIGNALED(status):
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
            os.kill(os.getpid(), os.WTERMSIG(status))
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


class Original:
    """In place of a spare: the process of which this one is a copy; it waits in the state before the first frame.

    Parameters
    ----------
    give_up : callable
        Tells it why the fast way is given up; never returns.
    """

    is_awake = False
    words = ""

    def __init__(self, give_up: Callable[[str], NoReturn]) -> None:
        self.take_over = give_up

    def dismiss(self) -> None:
        """It will see that the movie is made."""

    def forget(self) -> None:
        """A worker has inherited nothing of it."""


def fork(*, leads: bool = False) -> int:
    """Fork; return 0 in the child, which may lead a process group of its own, and its number in the parent."""
    with warnings.catch_warnings(), interrupts_put_off():
        # numpy's OpenBLAS keeps a system thread; of Python threads there is one, which was checked.
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
    """See that *child*, which leads a process group of its own, does so by now: it may not have come to it yet."""
    with contextlib.suppress(OSError):
        os.setpgid(child, child)


def deaf() -> dict[int, Any]:
    """Have nothing raised in this process, which is to sleep, by a signal that ends a build; return the handlers.

    An interrupt is for others; what else ends a build ends a sleeper at once.
    """
    return {**end_at_once(), signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}


def end_at_once() -> dict[int, Any]:
    """Have signals of `ENDING` end this process without a word; return the handlers in Python that they had."""
    return {number: signal.signal(number, signal.SIG_DFL) for number in ENDING if callable(signal.getsignal(number))}


def hear_again(handlers: dict[int, Any]) -> None:
    """Take *handlers* up again, in a process that was woken."""
    for number, handler in handlers.items():
        signal.signal(number, signal.default_int_handler if handler is None else handler)


def flush_streams() -> None:
    """Write what was printed so far, as far as the scene has left streams that can be written to."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(Exception):  # closed, or None, or of the scene's own making
            stream.flush()  # type: ignore[union-attr]


@contextlib.contextmanager
def interrupts_put_off() -> Iterator[None]:
    """Have interrupts wait: what is raised in the hooks of a fork is lost, and so is a process that nobody has noted.

    To block the signal would not do, since another thread of the system may take it.
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
            if signal.getsignal(number) is note:  # a process that was forked may want another
                signal.signal(number, handler)
        if interrupted and os.getpid() == me:
            signal.raise_signal(interrupted[0])


def be_silent() -> None:
    """Point standard input, output and error at nothing: the stepper speaks for all."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        if not _is_read_from(descriptor):  # a font, say, where the scene has closed what it had from us
            os.dup2(nothing, descriptor)
    if nothing > 2:
        os.close(nothing)


def _is_read_from(descriptor: int) -> bool:
    """Whether a file, and nothing that one speaks through, is open for reading alone."""
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and locks.is_read_only(descriptor)
    except OSError:
        return False


def own_descriptors() -> None:
    """Open anew what was open for reading, so that reading it here moves nobody else's position.

    A forked process shares the position of every open file.  matplotlib keeps
    its fonts open and seeks in them for each new glyph: two workers that shared
    a position would read each other's glyphs.
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
    """Put Python's generator back: CPython seeds it anew in every forked child."""
    if "random" in sys.modules:
        random.setstate(state)
