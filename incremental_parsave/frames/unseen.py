"""Whether anything can observe the first of the two draws that ``Animation.save`` makes of each frame.

The first draw is made before the writer draws the frame again.  If nothing can
observe its pixels, they need not be made.
"""

from __future__ import annotations

from ..drawing.calls.markless import can_draw_markless
from ..drawing.pristine import MATPLOTLIB
from ..mpl import animation as mpl_animation
from ..mpl.target import Target
from ..tracing.threads import unknown_threads
from ..trust.doubts import own_drawing_method
from ..trust.reach import reaches_code_of_scene


class Unseen:
    """Finds out whether the first draw of each frame of one movie goes unobserved.

    Once a first draw can be observed, those of all later frames count as observed.

    Parameters
    ----------
    target : Target

    Attributes
    ----------
    held : bool
        The latest answer: True if the first draw goes unobserved.
    """

    def __init__(self, target: Target) -> None:
        self._target, self._figure, self._is_first = target, mpl_animation.figure_of(target.anim), True
        # Progress callbacks and the steps of other animations run between the two draws.
        self.held = (
            target.progress_callback is None
            and not target.extra_anim
            and mpl_animation.draws_as_matplotlib(target.anim)
            and not MATPLOTLIB.differences().code
        )
        if self.held:
            MATPLOTLIB.note()

    def holds(self) -> bool:
        """Return whether the draw that is due involves nothing but matplotlib's own code."""
        if self._is_first:
            self._is_first = False
            self.held &= not reaches_code_of_scene(self._figure)  # that code might read pixels
        canvas = self._figure.canvas
        self.held = (
            self.held
            and can_draw_markless(canvas)
            and mpl_animation.only_animations_listen(canvas)
            and not unknown_threads()
            and not own_drawing_method(self._target, self._figure)
            and not MATPLOTLIB.changed()
        )
        return self.held
