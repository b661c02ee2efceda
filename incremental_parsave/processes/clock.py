"""The clock: the only module that waits for time to pass."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def wait_until(is_so: Callable[[], bool], seconds: float, step: float = 0.02) -> bool:
    """Wait until something is so, for at most some *seconds*; return whether it is.

    Parameters
    ----------
    is_so : callable
        Asked at once, and again after each *step*.
    seconds : float
    step : float
        In seconds.
    """
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() >= until:
            return False
        time.sleep(step)
    return True
