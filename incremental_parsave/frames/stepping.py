"""Which process steps the frames of a block, and how long stepping takes.

If frames depend on earlier frames, the movie is right only if one process steps all
frames in order.  If no frame depends on another, each worker may step its own
block.  The user has to declare that, since it cannot be proved (docs/design/stepping.md).
"""

from __future__ import annotations

import time

SLOW = 0.004
"""Stepping a frame is slow if it takes this many seconds or more: about as long as encoding a frame.

Stepping counts as slow only if every frame was slow: on a busy machine, a single frame may take long by chance.
"""

FRAMES_TO_JUDGE = 4
"""Number of frames after which it is decided whether stepping is slow."""


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
        Total time spent stepping, without the time spent in our own code.
    """

    def __init__(self, *, independent: bool) -> None:
        self.independent = independent
        self.seconds = 0.0
        self._since = 0.0
        self._quickest = float("inf")

    def begin(self) -> None:
        """Note that a frame is about to be stepped."""
        self._since = time.perf_counter()

    def end(self) -> None:
        """Note that the frame has been stepped."""
        seconds = time.perf_counter() - self._since
        self._quickest = min(self._quickest, seconds)
        self.seconds += seconds

    @property
    def is_slow(self) -> bool:
        """Whether every frame so far was slow to step."""
        return self._quickest >= SLOW
