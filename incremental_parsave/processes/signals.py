"""The signals that end a build as Ctrl-C does: what was finished is kept, and nothing else is left."""

from __future__ import annotations

import contextlib
import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
INTERRUPTED = frozenset(128 + number for number in (signal.SIGINT, *ENDING))
"""Exit statuses of commands that were ended so."""
_TWICE = 0.5  # seconds within which a signal is the same one, come by another way


class Ended(KeyboardInterrupt):
    """A signal of `ENDING` has come.

    Attributes
    ----------
    number : int
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def status_of(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status of a command that was ended so, as a shell would have it."""
    return 128 + (interrupt.number if isinstance(interrupt, Ended) else signal.SIGINT)


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Have signals of `ENDING` raise `Ended` within.

    A signal to a whole process group comes to a scene both directly and from the command, which passes
    on what it gets: what would be raised amid the first one's clean-up is passed over.
    """
    last = [-_TWICE]

    def end(number: int, frame: FrameType | None) -> None:
        before, last[0] = last[0], time.monotonic()
        if last[0] - before > _TWICE:
            raise Ended(number)

    def by_default() -> None:
        for number in replaced:
            if signal.getsignal(number) is end:  # not where this package forks: there it is put off
                signal.signal(number, signal.SIG_DFL)

    # What is ignored, as under nohup, stays so; so does a handler of somebody else's.
    replaced = [number for number in ENDING if signal.getsignal(number) == signal.SIG_DFL]
    try:
        for number in replaced:
            signal.signal(number, end)
        if hasattr(os, "register_at_fork"):  # what a scene forks ends as ever: a pool ends its processes by SIGTERM
            os.register_at_fork(after_in_child=by_default)
    except ValueError:  # this is not the main thread
        replaced = []
    try:
        yield
    finally:
        by_default()


def send(process: int, number: int) -> None:
    """Send a signal to *process*, which may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def send_to_group(leader: int, number: int) -> None:
    """Send a signal to the process group of *leader*, which may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)
