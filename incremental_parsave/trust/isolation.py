"""Make sure that a process can safely fork copies of itself: no other threads, no shared memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from ..processes.fork import Fallback, Original
from ..processes.proc import writable_mappings
from ..tracing.threads import Monitors
from .guard import Refused
from .helpers import forget_fork_server
from .shared_memory import SHARES


class Isolation:
    """Isolates the scene's process while frames are stepped, and owns its fallback process.

    Parameters
    ----------
    give_up : callable or None
        If this process is a copy, reports to its original why building in parallel is given up; else None.

    Attributes
    ----------
    fallback : Fallback or Original
        Set by `begin`: a newly forked process, or the original if this process is a copy.
    """

    fallback: Fallback | Original

    def __init__(self, give_up: Callable[[str], NoReturn] | None) -> None:
        self._give_up = give_up
        self._monitors = Monitors()
        self._unused: set[bytes] = set()  # shared memory that `doubt` found to be unused

    def begin(self) -> str:
        """Fork the fallback process; return why this process must build the movie alone, or an empty string.

        Like ``os.fork``, this returns once in each process: here, and in the fallback process when that is woken.
        """
        if not self._monitors.stop():
            self._monitors.start()
            return "the script has running threads"
        self.fallback = Fallback() if self._give_up is None else Original(self._give_up)
        if self.fallback.is_awake:
            forget_fork_server()
            self._monitors.start()
            return self.fallback.words
        self._unused = writable_mappings()
        return ""

    def before_fork(self) -> None:
        """Check that the animation has created no shared memory; raise `Refused` if it has."""
        if not writable_mappings() <= self._unused:
            raise Refused(SHARES)

    def end(self) -> None:
        """Let the fallback process end, and start the monitor threads again."""
        self.fallback.dismiss()
        self._monitors.start()
