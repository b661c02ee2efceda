"""Descriptors that the script cannot close, and pipes that it did not create."""

from __future__ import annotations

import errno
import os
import stat

from .. import locks, proc

_descriptors: set[int] = set()
_FIRST = 64  # high enough that no script relies on such a number being free, or closes it


def keep(descriptor: int) -> int:
    """Return a duplicate of *descriptor* that the script cannot close; close *descriptor* itself."""
    kept = descriptor
    for lowest in (_FIRST, 3):
        try:
            kept = locks.duplicate(descriptor, lowest)
        except OSError:  # the limit on open files is too low
            continue
        _close(descriptor)
        break
    _descriptors.add(kept)
    _pipes.add(proc.link(kept))
    return kept


def pipe() -> tuple[int, int]:
    """Return the two ends of a new pipe.

    Neither end gets the number of a standard stream, even if the scene has closed those.
    """
    given = _pipe()
    ends = [locks.duplicate(end, 3) if end < 3 else end for end in given]
    for end in given:
        if end < 3:
            _close(end)
    _pipes.add(proc.link(ends[0]))
    return ends[0], ends[1]


def is_pipe_of_script(descriptor: int) -> bool:
    """Whether *descriptor* is an end of a pipe that others created after this module was imported."""
    link = proc.link(descriptor)
    return link.startswith("pipe:") and link not in _pipes


def is_read_once(status: os.stat_result) -> bool:
    """Whether the data of a file with this *status* can be read only once, as from a pipe or a terminal."""
    if stat.S_ISCHR(status.st_mode):
        return os.major(status.st_rdev) != _MEMORY
    return stat.S_ISFIFO(status.st_mode)


_MEMORY = 1  # major device number of /dev/null, /dev/zero and /dev/urandom


def close(descriptor: int) -> None:
    """Close a descriptor that `keep` returned."""
    _descriptors.discard(descriptor)
    _close(descriptor)


_close, _closerange, _pipe = os.close, os.closerange, os.pipe


def close_if_theirs(fd: int) -> None:
    """Replace `os.close` for the script."""
    if fd in _descriptors:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))  # the script did not open it
    _close(fd)


def close_range_of_theirs(fd_low: int, fd_high: int, /) -> None:
    """Replace `os.closerange` for the script."""
    for kept in sorted(kept for kept in _descriptors if fd_low <= kept < fd_high):
        _closerange(fd_low, kept)
        fd_low = kept + 1
    _closerange(fd_low, fd_high)


_pipes = {each.link for each in proc.descriptors()}
"""Links of our own pipes, and of descriptors inherited from the process that started this one."""
