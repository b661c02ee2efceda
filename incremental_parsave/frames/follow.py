"""Step the frames of a movie that a forked copy of this process has already built.

Afterwards this process is in the state in which ``Animation.save`` would have left it.
"""

from __future__ import annotations

from collections.abc import Callable

from ..model import Outcome
from ..mpl.animation import settle
from .loop import Loop


class FollowDriver:
    """A `FrameDriver` that steps every frame as `Stepper` does, but produces no output and refuses nothing.

    Parameters
    ----------
    loop : Loop
    end : int or None
        The number of frames after which the loop ends; None to run until the animation ends.
    independent : bool
        Step only the first and the last frame.
    """

    calls_back = True
    outcomes: tuple[Outcome, ...] = ()
    why = ""

    def __init__(self, loop: Loop, end: int | None, *, independent: bool) -> None:
        self._loop, self._end, self._independent = loop, end, independent

    def begin(self) -> None:
        """Do nothing."""

    def idle(self, draw: Callable[[], None]) -> None:
        """Skip the draw."""

    def before(self, k: int) -> bool:
        """End the loop after *end* frames."""
        return self._end is None or k < self._end

    def skips(self, k: int) -> bool:
        """Skip the frames that the stepper skipped."""
        return self._independent and self._end is not None and 0 < k < self._end - 1

    def frame(self, k: int) -> None:
        """Apply the side effects of a draw; draw the figure only in the frames in which the stepper does."""
        if settle(self._loop.figure) or k == 0:
            self._draw()

    def end(self, error: BaseException | None) -> None:
        """Draw the last frame, which leaves the figure as ``Animation.save`` leaves it."""
        if error is None:
            self._draw()

    def _draw(self) -> None:
        if self._loop.has_layout_engine:
            self._loop.draw_idle()
        self._loop.draw()
