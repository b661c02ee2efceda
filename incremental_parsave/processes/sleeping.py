"""Processes that sleep, and continue from the same state each time they are woken.

A sleeping process connects to the watch, describes itself, and waits.  When it is woken,
it forks a child, which continues, and sleeps again.  So it can be woken any number of
times.  It ends when the connection is closed.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import WorkerError
from ..protocol.lines import Lines, to_line
from .fork import flush_streams, fork, ignore_interrupts, reopen_files, restore_handlers, restore_random
from .signals import ENDING

if TYPE_CHECKING:
    from ..protocol.messages import Answer, Asleep, Orders


def leave_behind(
    address: str, about: Asleep, moved: Callable[[], str], hang_up: Callable[[], None]
) -> tuple[Orders, int] | None:
    """Leave a sleeping copy of this process behind.

    Parameters
    ----------
    address, about, moved, hang_up
        As for `sleep`.

    Returns
    -------
    None or (orders, descriptor)
        None in the process that continues at once; the result of `sleep` in each
        process that is woken later.
    """
    flush_streams()  # or both processes would print what is buffered
    state = random.getstate()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, *ENDING})
    try:
        goes_on = fork() == 0
    except WorkerError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return None  # continue without a copy
    if goes_on:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        reopen_files()  # so that the copy keeps its positions in open files
        restore_random(state)
        return None
    handlers = ignore_interrupts()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return sleep(address, about, moved, hang_up, handlers)


def sleep(
    address: str,
    about: Asleep,
    moved: Callable[[], str],
    hang_up: Callable[[], None],
    handlers: dict[int, Any] | None = None,
) -> tuple[Orders, int]:
    """Sleep; return in a child each time this process is woken.

    Parameters
    ----------
    address : str
        Abstract Unix socket of the watch.
    about : Asleep
        Description of this process, for the watch.
    moved : callable
        Returns which of its inputs or outputs has changed since this process fell asleep; empty if none has.
    hang_up : callable
        Called first, to close what the process used in its last run.
    handlers : dict, optional
        The result of `ignore_interrupts`, if it was called before; the child restores these handlers.

    Returns
    -------
    orders : dict
    descriptor : int
        Where the child sends its events.
    """
    handlers = handlers or {**ignore_interrupts(), signal.SIGINT: signal.default_int_handler}
    ended = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps the children
    hang_up()
    state = random.getstate()
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect("\0" + address)
        connection.sendall(to_line({**about, "pid": os.getpid()}))
        while True:
            received = _receive(connection)
            if received is None:
                os._exit(0)
            orders, descriptor = received
            why = moved()
            if not why and fork() == 0:
                break
            os.close(descriptor)
            answer: Answer = {"stale": why}
            connection.sendall(to_line(answer))
    except (OSError, WorkerError):
        os._exit(1)
    connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL if ended is None else ended)  # None: set by a C library
    restore_handlers(handlers)
    reopen_files()
    restore_random(state)
    return orders, descriptor


def _receive(connection: socket.socket) -> tuple[Orders, int] | None:
    """Return the next orders and their descriptor; None if the connection was closed."""
    received, descriptors = Lines(), []
    while True:
        chunk, more, *_ = socket.recv_fds(connection, 1 << 16, 1)
        descriptors += more
        if not chunk:
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
            return None
        for orders in received.feed(chunk):
            return orders, descriptors[0]
