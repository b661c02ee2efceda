"""Sleeping copies of a scene process, each between two statements: which one fits a script, and which ones to keep."""

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
_MOST_BYTES = 1 << 31  # of memory that copies share with no other process


@dataclass(eq=False)
class Copy:
    """A sleeping copy of a scene process.

    Attributes
    ----------
    connection : socket
    pid : int
    digests : list of str
        Digests of the statements that it has run.
    seconds : float
        How long the script ran from the previous copy to this one.
    """

    connection: socket.socket
    pid: int = 0
    digests: list[str] = field(default_factory=list)
    seconds: float = 0.0
    received: Lines = field(default_factory=Lines)

    def fits(self, script: Sequence[str]) -> bool:
        """Return whether *script*, a list of statement digests, begins with the statements that the copy has run."""
        return common(self.digests, script) == len(self.digests)


class SleepingCopies(list[Copy]):
    """The sleeping copies of one scene, oldest first.

    Parameters
    ----------
    selector : selectors.BaseSelector
        The selector at which their connections are registered.
    """

    def __init__(self, selector: selectors.BaseSelector) -> None:
        super().__init__()
        self._selector = selector

    def farthest(self, script: Sequence[str]) -> Copy | None:
        """Return the copy that has run most of *script*; None if no copy fits."""
        fitting = [copy for copy in self if copy.fits(script)]
        return max(fitting, key=lambda copy: len(copy.digests), default=None)

    def bound(self, script: Sequence[str], asked: Copy | None) -> None:
        """Drop copies while there are too many, or they use too much memory.

        Copies that do not fit *script* are dropped first, from the oldest on; they are kept only
        because the user may undo an edit.  Next is the copy that saves the least time.  The copy
        with the fewest statements and the one with the most always stay.

        Parameters
        ----------
        script : sequence of str
            Digests of the statements of the current script.
        asked : Copy or None
            A copy that was asked to continue, and so must stay.
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
        """Close the connection of a copy, which ends its process."""
        if copy in self:
            self.remove(copy)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(copy.connection)
        copy.connection.close()
