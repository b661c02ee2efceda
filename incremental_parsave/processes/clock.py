"""The clock.  Only this module waits for time to pass."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def wait_until(is_so: Callable[[], bool], seconds: float, step: float = 0.02) -> bool:
    """Wait until *is_so* returns True, but at most *seconds*; return whether it did.

    Parameters
    ----------
    is_so : callable
        Called at once, and again after each *step*.
    seconds : float
    step : float
        Seconds between two calls.
    """
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() >= until:
            return False
        time.sleep(step)
    return True
