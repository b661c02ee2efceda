"""Find memory that forked processes would share.

Locks and values of multiprocessing are in memory that all later forks of a process
share: what one process writes there, the others read.  A scene that has such memory
is built in one process.  A pool that has ended also leaves shared memory behind,
the semaphores of its queues, but they are never used again.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

from ..processes.proc import writable_mappings

SHARES = "the script shares memory with other processes"


def shares_memory(*unused: int) -> bool:
    """Whether there is shared memory that may be in use.

    Semaphores of ended pools, and those at the addresses *unused*, do not count.
    """
    starts = {int(mapping.partition(b"-")[0], 16) for mapping in writable_mappings()}.difference(unused)
    return bool(starts) and not starts <= _left_by_pools()


def pipes_of_ended_pools() -> set[int]:
    """Return the descriptors from which ended pools read their queues."""
    readers = [getattr(queue, "_reader", None) for queue in _queues_of_ended_pools()]
    return {reader.fileno() for reader in readers if reader is not None and not reader.closed}


def _left_by_pools() -> set[int]:
    """Return the addresses of the semaphores of all ended pools."""
    locks = [getattr(queue, name, None) for queue in _queues_of_ended_pools() for name in ("_rlock", "_wlock")]
    return {getattr(getattr(lock, "_semlock", None), "handle", 0) for lock in locks}


def _queues_of_ended_pools() -> list[Any]:
    """Return the queues of all ended pools.

    The private names were checked in Python 3.11 to 3.13.  Without them, no memory counts as left behind.
    """
    kind = getattr(sys.modules.get("multiprocessing.pool"), "Pool", None)
    pools = [thing for thing in gc.get_objects() if type(thing) is kind] if kind is not None else []
    ended = [vars(pool) for pool in pools if getattr(pool, "_state", "RUN") != "RUN"]
    return [pool.get(name) for pool in ended for name in ("_inqueue", "_outqueue", "_change_notifier")]
