"""The number of processor cores that this process may use."""

from __future__ import annotations

import os

from . import proc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CGROUPS = "/sys/fs/cgroup"


def usable_cores() -> int:
    """Return the number of cores that this process may use, at least 1.

    A process may be restricted to some cores (``taskset``, batch systems), and a container to a share of the
    time of all (``docker run --cpus``).  A quota of 1.5 cores counts as 2: with one process, a third would be unused.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup_quota(proc.control_groups())
    return max(1, cores if quota is None else min(cores, -int(-quota // 1)))


def cgroup_quota(groups: Iterable[str], root: str | os.PathLike[str] = _CGROUPS) -> float | None:
    """Return how many cores' time control groups allow their processes; None if there is no limit.

    Parameters
    ----------
    groups : iterable of str
        The groups, as in `proc.control_groups`.
    root : path-like
        Where the control groups are mounted.
    """
    found = []
    for line in groups:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        mount = os.path.join(root, "cpu") if controllers else os.fspath(root)
        # Inside a container, the path may be that outside of it; its own group is then mounted as the root.
        parts = group.strip("/").split("/")
        for count in range(len(parts) + 1):
            quota = _quota_in(os.path.join(mount, *parts[:count]))
            if quota is not None:
                found.append(quota)
    return min(found, default=None)


def _quota_in(folder: str) -> float | None:
    """Return the quota that is set in one control group, of version 2 or 1."""
    found = _words(folder, "cpu.max") or [*_words(folder, "cpu.cfs_quota_us"), *_words(folder, "cpu.cfs_period_us")]
    try:
        quota, period = map(int, found)
        return quota / period if quota > 0 else None
    except (ValueError, ZeroDivisionError):  # "max": no limit
        return None


def _words(folder: str, name: str) -> list[str]:
    try:
        with open(os.path.join(folder, name)) as file:
            return file.read().split()
    except OSError:
        return []
