"""Who steps a block, and how long that takes.

Stepping in one process, all frames in order, is what makes an animation whose frames
depend on earlier ones come out right.  Where no frame depends on another, each worker
may step its own block.  That is the user's word: whether it holds cannot be proved (docs/design/stepping.md).
"""

from __future__ import annotations

import time

SLOW = 0.004
"""Seconds from which on a frame is slow to step: about what it takes to encode one.

Each must be: on a busy machine, one alone may take long for no reason of its own.
"""

LOOKED_AT = 4
"""Frames, after which it is known whether stepping is slow."""


class Stepping:
    """How the frames of one movie are stepped.

    Parameters
    ----------
    independent : bool
        Whether each worker steps its own block.

    Attributes
    ----------
    independent : bool
    seconds : float
        How long it has taken to step, without all that is ours.
    """

    def __init__(self, *, independent: bool) -> None:
        self.independent = independent
        self.seconds = 0.0
        self._since = 0.0
        self._quickest = float("inf")

    def begin(self) -> None:
        """A frame is about to be stepped."""
        self._since = time.perf_counter()

    def end(self) -> None:
        """It has been."""
        seconds = time.perf_counter() - self._since
        self._quickest = min(self._quickest, seconds)
        self.seconds += seconds

    @property
    def is_slow(self) -> bool:
        """Whether each frame was slow to step so far."""
        return self._quickest >= SLOW
