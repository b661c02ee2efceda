"""The processes that multiprocessing keeps, and which wait for orders when a pool has ended.

A resource tracker unlinks what nobody has unlinked when its process has ended;
a fork server (the default from Python 3.14 on) forks the processes of the next pool.
The private names were read in Python 3.11 to 3.14; without them, these are children like any others.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from ..processes import proc


def children(*, idle: bool) -> list[int]:
    """Return the child processes; if not *idle*, without those that only wait for orders."""
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None:
        processes.active_children()  # takes note of those that have ended
    found = proc.children(os.getpid())
    if idle or not found:
        return found
    trackers = [module for name, module in list(sys.modules.items()) if name.endswith(".resource_tracker")]
    waiting = {getattr(getattr(module, "_resource_tracker", None), "_pid", None) for module in trackers}
    waiting.add(getattr(_fork_server(), "_forkserver_pid", None))
    return [child for child in found if child not in waiting or proc.children(child)]


def leave_fork_server() -> None:
    """In a process that was forked: have a fork server of its own, when one is needed."""
    server = _fork_server()
    if getattr(server, "_forkserver_pid", None) is not None and getattr(server, "_forkserver_alive_fd", None):
        os.close(server._forkserver_alive_fd)
        server._forkserver_address = server._forkserver_alive_fd = server._forkserver_pid = None


def _fork_server() -> Any:
    return getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
