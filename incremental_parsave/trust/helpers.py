"""Helper processes of multiprocessing, which keep waiting for requests after a pool has ended.

The resource tracker unlinks shared resources that are left over when its parent ends.  The fork
server (the default from Python 3.14 on) forks the processes of the next pool.
The private names used here were checked in Python 3.11 to 3.14.  Without them, helpers count as ordinary children.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from ..processes import proc


def children(*, idle: bool) -> list[int]:
    """Return the child processes; unless *idle*, leave out helpers that only wait for requests."""
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None:
        processes.active_children()  # reaps those that have ended
    found = proc.children(os.getpid())
    if idle or not found:
        return found
    trackers = [module for name, module in list(sys.modules.items()) if name.endswith(".resource_tracker")]
    waiting = {getattr(getattr(module, "_resource_tracker", None), "_pid", None) for module in trackers}
    waiting.add(getattr(_fork_server(), "_forkserver_pid", None))
    return [child for child in found if child not in waiting or proc.children(child)]


def forget_fork_server() -> None:
    """In a forked process, forget the parent's fork server, so that it starts its own if it needs one."""
    server = _fork_server()
    if getattr(server, "_forkserver_pid", None) is not None and getattr(server, "_forkserver_alive_fd", None):
        os.close(server._forkserver_alive_fd)
        server._forkserver_address = server._forkserver_alive_fd = server._forkserver_pid = None


def _fork_server() -> Any:
    return getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
