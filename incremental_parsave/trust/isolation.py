"""What a process must be, to fork others that are copies of it: without threads, and without memory that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from ..processes.fork import Fallback, Original
from ..processes.proc import writable_mappings
from ..tracing.threads import Monitors
from .guard import Refused
from .helpers import leave_fork_server
from .shared_memory import SHARES


class Isolation:
    """Keeps the scene's process apart while frames are stepped, and has the spare.

    Attributes
    ----------
    fallback : Fallback or Original
        Forked in `begin`, if there is no original.

    Parameters
    ----------
    give_up : callable or None
        Tells the original of this process, if it has one, why the fast way is given up.
    """

    fallback: Fallback | Original

    def __init__(self, give_up: Callable[[str], NoReturn] | None) -> None:
        self._give_up = give_up
        self._monitors = Monitors()
        self._of_no_use: set[bytes] = set()  # memory that is shared, as `doubt` has seen

    def begin(self) -> str:
        """Fork the spare; return why this process must go on the plain way, if it must, be it the spare or not."""
        if not self._monitors.stop():
            self._monitors.start()
            return "the scene runs threads"
        self.fallback = Fallback() if self._give_up is None else Original(self._give_up)
        if self.fallback.is_awake:
            leave_fork_server()
            self._monitors.start()
            return self.fallback.words
        self._of_no_use = writable_mappings()
        return ""

    def before_fork(self) -> None:
        """See that the animation has made no memory that would be shared; raises `Refused` if it has."""
        if not writable_mappings() <= self._of_no_use:
            raise Refused(SHARES)

    def end(self) -> None:
        """Have things as they were, and let the spare end."""
        self.fallback.dismiss()
        self._monitors.start()
