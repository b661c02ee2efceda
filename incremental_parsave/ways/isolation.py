"""What a process must be, to fork others that are copies of it: without threads, and with memory of its own."""

from __future__ import annotations

from ..recording.threads import Monitors
from ..scene.guard import Refused
from ..scene.helpers import leave_fork_server
from ..scene.shared_memory import PrivateMemory
from .processes import Spare


class Isolation:
    """Keeps the scene's process apart while frames are stepped, and has the spare.

    Attributes
    ----------
    spare : Spare
        Forked in `begin`.
    """

    spare: Spare

    def __init__(self) -> None:
        self._monitors, self._memory = Monitors(), PrivateMemory()

    def begin(self) -> str:
        """Fork the spare; return why this process must go on the plain way, if it must, be it the spare or not."""
        if not self._monitors.stop():
            self._monitors.start()
            return "the scene runs threads"
        self.spare = Spare()
        if self.spare.is_awake:
            leave_fork_server()
            self._monitors.start()
            return self.spare.words
        why = self._memory.keep(others=False)  # `doubt` has looked who has it
        if why:
            self.end()
        return why

    def before_fork(self) -> None:
        """Keep apart also what the scene has made meanwhile; raises `Refused` if that cannot be."""
        if why := self._memory.keep():
            raise Refused(why)

    def end(self) -> None:
        """Have things as they were, and let the spare end."""
        self._memory.give_back()
        self.spare.dismiss()
        self._monitors.start()
