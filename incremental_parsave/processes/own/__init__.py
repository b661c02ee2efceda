"""Protect our code from the script that runs in the same process, which may change whatever it can reach.

process      tells our processes from children that the script forks
functions    functions of the standard library as they were before the script ran
descriptors  descriptors that the script cannot close, and pipes that it did not create
limits       recursion limits, ours and the script's
"""

from __future__ import annotations

import os
import sys

from .descriptors import close, close_if_theirs, close_range_of_theirs, gives_once, is_pipe_of_script, keep, pipe
from .functions import for_the_script, hold_functions
from .limits import part_limits
from .process import EndedAtOnce, adopt, end, ended_at_once, fork, in_strangers, is_own_process, may_go_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

__all__ = [
    "EndedAtOnce",
    "adopt",
    "close",
    "end",
    "ended_at_once",
    "for_the_script",
    "fork",
    "gives_once",
    "in_strangers",
    "is_own_process",
    "is_pipe_of_script",
    "keep",
    "may_go_on",
    "pipe",
    "stand_apart",
]


def stand_apart(exits: Callable[[int], Any]) -> None:
    """Make our code independent, from now on, of what the script changes in its process.

    Parameters
    ----------
    exits : callable
        Called with the status when the script calls `os._exit`, before the process ends.
    """

    def exit_told(status: int) -> NoReturn:
        if is_own_process():
            exits(status)
        end(status)

    hold_functions()
    theirs: dict[str, Callable[..., Any]] = {
        "_exit": exit_told,
        "close": close_if_theirs,
        "closerange": close_range_of_theirs,
    }
    for name, function in theirs.items():
        function.__module__, function.__name__, function.__qualname__ = os.name, name, name
        for module in (os, sys.modules[os.name]):
            setattr(module, name, function)
    part_limits()
