"""Whether anybody can see the draw that ``Animation.save`` makes of each frame before its writer draws it again."""

from __future__ import annotations

from ..drawing.calls.markless import can_leave_none
from ..drawing.pristine import MATPLOTLIB
from ..mpl import animation as names
from ..mpl.target import Target
from ..tracing.threads import strangers
from ..trust.doubts import draws_by_itself
from ..trust.reach import reaches_code_of_scene


class Unseen:
    """Tells it of one movie; once seen, it is seen in all frames that follow.

    Parameters
    ----------
    target : Target

    Attributes
    ----------
    held : bool
        Whether it was so when it was last asked.
    """

    def __init__(self, target: Target) -> None:
        self._target, self._figure, self._is_first = target, names.figure_of(target.anim), True
        # Between the two draws, a progress callback is called, and other animations take their step.
        self.held = (
            target.progress_callback is None
            and not target.extra_anim
            and names.draws_as_matplotlib(target.anim)
            and not MATPLOTLIB.differences().code
        )
        if self.held:
            MATPLOTLIB.note()

    def holds(self) -> bool:
        """Whether nothing but matplotlib's artists has to do with the draw that is due."""
        if self._is_first:
            self._is_first = False
            self.held &= not reaches_code_of_scene(self._figure)  # it might read pixels
        canvas = self._figure.canvas
        self.held = (
            self.held
            and can_leave_none(canvas)
            and names.is_seen_by_nobody_else(canvas)
            and not strangers()
            and not draws_by_itself(self._target, self._figure)
            and not MATPLOTLIB.changed()
        )
        return self.held
