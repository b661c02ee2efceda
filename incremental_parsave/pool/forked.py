"""What the frame drivers of forked processes have in common."""

from __future__ import annotations

from collections.abc import Callable

from ..model import Outcome


class Forked:
    """The base of a `FrameDriver` for a forked process: it draws nothing between frames, and skips no frame."""

    calls_back = False  # only the stepper does, once per frame
    outcomes: tuple[Outcome, ...] = ()
    why = ""

    def begin(self) -> None:
        """Do nothing."""

    def idle(self, draw: Callable[[], None]) -> None:
        """Do not draw."""

    def skips(self, k: int) -> bool:
        """Skip no frame."""
        return False
