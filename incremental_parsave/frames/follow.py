"""The frames of a movie that is made already: stepped, so that the process comes to where its copy came."""

from __future__ import annotations

from collections.abc import Callable

from ..model import Outcome
from ..mpl.animation import settle
from .loop import Loop


class FollowDriver:
    """A `FrameDriver` of the loop: steps every frame as `Stepper` does, but makes nothing, and refuses nothing.

    Parameters
    ----------
    loop : Loop
    end : int or None
        After so many frames the loop ends; None if only their end will tell.
    independent : bool
        Step no frame but the first and the last.
    """

    calls_back = True
    outcomes: tuple[Outcome, ...] = ()
    why = ""

    def __init__(self, loop: Loop, end: int | None, *, independent: bool) -> None:
        self._loop, self._end, self._independent = loop, end, independent

    def begin(self) -> None:
        """Nothing is to be prepared."""

    def idle(self, draw: Callable[[], None]) -> None:
        """Do not draw."""

    def before(self, k: int) -> bool:
        """End after the last frame that was asked for."""
        return self._end is None or k < self._end

    def skips(self, k: int) -> bool:
        """Leave out what the stepper has left out."""
        return self._independent and self._end is not None and 0 < k < self._end - 1

    def frame(self, k: int) -> None:
        """Settle what a draw would settle; draw where the stepper draws."""
        if settle(self._loop.figure) or k == 0:
            self._draw()

    def end(self, error: BaseException | None) -> None:
        """Leave the figure as ``Animation.save`` leaves it."""
        if error is None:
            self._draw()

    def _draw(self) -> None:
        if self._loop.has_layout_engine:
            self._loop.draw_idle()
        self._loop.draw()
