"""Processes that sleep, and go on from where they are each time that they are woken.

A process that sleeps connects to the one that watches, tells what it is, and waits.
Woken, it forks a child that goes on, and sleeps again; so it can be woken as often
as one likes.  It ends when the connection does.
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
from .fork import deaf, flush_streams, fork, hear_again, own_descriptors, restore_random
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
        None in the process that goes on at once; what `sleep` returns in those that
        are woken later.
    """
    flush_streams()  # or what was printed before would be printed by both
    state = random.getstate()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, *ENDING})
    try:
        goes_on = fork() == 0
    except WorkerError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return None  # without a copy
    if goes_on:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        own_descriptors()  # the copy keeps its positions in open files
        restore_random(state)
        return None
    handlers = deaf()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return sleep(address, about, moved, hang_up, handlers)


def sleep(
    address: str,
    about: Asleep,
    moved: Callable[[], str],
    hang_up: Callable[[], None],
    handlers: dict[int, Any] | None = None,
) -> tuple[Orders, int]:
    """Sleep; return in a child each time that this process is woken.

    Parameters
    ----------
    address : str
        Of the one that watches: an abstract Unix socket.
    about : Asleep
        What the watching one is told.
    moved : callable
        Returns what has changed since, so that it would be wrong to go on; empty if nothing has.
    hang_up : callable
        Called first, to let go of what the process held for its last orders.
    handlers : dict, optional
        What `deaf` returned, if this process is deaf already: for the child.

    Returns
    -------
    orders : dict
    descriptor : int
        Where the child is to tell what happens.
    """
    handlers = handlers or {**deaf(), signal.SIGINT: signal.default_int_handler}
    ended = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody need wait for the children
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
    signal.signal(signal.SIGCHLD, signal.SIG_DFL if ended is None else ended)  # None is a handler of a C library
    hear_again(handlers)
    own_descriptors()
    restore_random(state)
    return orders, descriptor


def _receive(connection: socket.socket) -> tuple[Orders, int] | None:
    """Return the next orders; None if the connection has ended."""
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
