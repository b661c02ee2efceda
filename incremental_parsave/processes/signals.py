"""Signals that end a build as Ctrl-C does: finished blocks are kept, and nothing else is left behind."""

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
"""Exit statuses of commands that such a signal ended."""
_TWICE = 0.5  # seconds within which a second signal counts as the first one, sent by another route


class Ended(KeyboardInterrupt):
    """A signal of `ENDING` was received.

    Attributes
    ----------
    number : int
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def status_of(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status of a command that *interrupt* ended, as a shell reports it."""
    return 128 + (interrupt.number if isinstance(interrupt, Ended) else signal.SIGINT)


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Let signals of `ENDING` raise `Ended` inside the with block.

    A signal to a whole process group reaches a scene twice: directly, and from the command, which passes
    it on.  The second one is ignored, since it would interrupt the clean-up after the first.
    """
    last = [-_TWICE]

    def end(number: int, frame: FrameType | None) -> None:
        before, last[0] = last[0], time.monotonic()
        if last[0] - before > _TWICE:
            raise Ended(number)

    def by_default() -> None:
        for number in replaced:
            if signal.getsignal(number) is end:  # not during our own forks, which postpone interrupts
                signal.signal(number, signal.SIG_DFL)

    # Signals that are ignored (as under nohup) or have a handler of other code stay as they are.
    replaced = [number for number in ENDING if signal.getsignal(number) == signal.SIG_DFL]
    try:
        for number in replaced:
            signal.signal(number, end)
        if hasattr(os, "register_at_fork"):  # a scene's own children end as usual: pools end theirs by SIGTERM
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
