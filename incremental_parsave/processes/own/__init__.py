"""Protect our code from the script that runs in the same process, which may change whatever it can reach.

process      distinguishes our processes from children that the script forks
functions    functions of the standard library as they were before the script ran
descriptors  descriptors that the script cannot close, and pipes that it did not create
limits       recursion limits, ours and the script's
"""

from __future__ import annotations

import os
import sys

from .descriptors import close, close_if_theirs, close_range_of_theirs, is_pipe_of_script, is_read_once, keep, pipe
from .functions import hold_functions, to_script_path
from .limits import separate_limits
from .process import ScriptExited, adopt, check_process, end, fork, in_script_children, is_own_process, raise_exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

__all__ = [
    "ScriptExited",
    "adopt",
    "check_process",
    "close",
    "end",
    "fork",
    "in_script_children",
    "is_own_process",
    "is_pipe_of_script",
    "is_read_once",
    "keep",
    "pipe",
    "protect_process",
    "raise_exit",
    "to_script_path",
]


def protect_process(exits: Callable[[int], Any]) -> None:
    """Make our code independent, from now on, of what the script changes in its process.

    Parameters
    ----------
    exits : callable
        Called with the status when the script calls `os._exit`, before the process ends.
    """

    def exit_reported(status: int) -> NoReturn:
        if is_own_process():
            exits(status)
        end(status)

    hold_functions()
    theirs: dict[str, Callable[..., Any]] = {
        "_exit": exit_reported,
        "close": close_if_theirs,
        "closerange": close_range_of_theirs,
    }
    for name, function in theirs.items():
        function.__module__, function.__name__, function.__qualname__ = os.name, name, name
        for module in (os, sys.modules[os.name]):
            setattr(module, name, function)
    separate_limits()
