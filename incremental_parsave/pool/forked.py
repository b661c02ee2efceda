"""What every way answers alike that goes on in a process which was forked for it."""

from __future__ import annotations

from collections.abc import Callable

from ..model import Outcome


class Forked:
    """A `FrameDriver` of the loop, as far as all of them are the same: it draws nothing between frames, skips none."""

    calls_back = False  # the stepper calls back, once a frame
    outcomes: tuple[Outcome, ...] = ()
    why = ""

    def begin(self) -> None:
        """Nothing is to be prepared."""

    def idle(self, draw: Callable[[], None]) -> None:
        """Do not draw."""

    def skips(self, k: int) -> bool:
        """Never."""
        return False
