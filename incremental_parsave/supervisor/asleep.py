"""The copies of a scene's process that sleep between two statements: which of them fit a script, and which may stay."""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..keys.statements import common
from ..processes.proc import private_bytes
from ..protocol.lines import Lines

_MOST_COPIES = 6
_MOST_BYTES = 1 << 31  # of memory that the copies have to themselves


@dataclass(eq=False)
class Copy:
    """A sleeping process.

    Attributes
    ----------
    connection : socket
    pid : int
    digests : list of str
        Of the statements that it has run.
    seconds : float
        How long it took since the copy before.
    """

    connection: socket.socket
    pid: int = 0
    digests: list[str] = field(default_factory=list)
    seconds: float = 0.0
    received: Lines = field(default_factory=Lines)

    def fits(self, script: Sequence[str]) -> bool:
        """Return whether it has run nothing but what a script of statements of these digests begins with."""
        return common(self.digests, script) == len(self.digests)


class SleepingCopies(list[Copy]):
    """Those of one scene.

    Parameters
    ----------
    selector : selectors.BaseSelector
        With which their connections are registered.
    """

    def __init__(self, selector: selectors.BaseSelector) -> None:
        super().__init__()
        self._selector = selector

    def farthest(self, script: Sequence[str]) -> Copy | None:
        """Return the copy that has run most of a script; None if none fits."""
        fitting = [copy for copy in self if copy.fits(script)]
        return max(fitting, key=lambda copy: len(copy.digests), default=None)

    def bound(self, script: Sequence[str], asked: Copy | None) -> None:
        """Let go of copies while there are too many or they take too much memory.

        Of another state of the script, to which an edit might be taken back, the oldest goes
        first; then, of this one, the copy that saves the least time.

        Parameters
        ----------
        script : sequence of str
        asked : Copy or None
            One that must stay.
        """
        while len(self) > 2 and (
            len(self) > _MOST_COPIES or sum(private_bytes(copy.pid) for copy in self) > _MOST_BYTES
        ):
            others = [copy for copy in self if not copy.fits(script) and copy is not asked]
            if others:
                self.drop(others[0])
                continue
            fitting = sorted(self, key=lambda copy: len(copy.digests))
            between = [i for i in range(1, len(fitting) - 1) if fitting[i] is not asked]
            if not between:
                break
            least = min(between, key=lambda i: fitting[i].seconds)
            fitting[least + 1].seconds += fitting[least].seconds
            self.drop(fitting[least])

    def drop(self, copy: Copy) -> None:
        """Let a copy end."""
        if copy in self:
            self.remove(copy)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(copy.connection)
        copy.connection.close()
