"""Descriptors that the script does not close."""

from __future__ import annotations

import errno
import os

_descriptors: set[int] = set()
_FIRST = 64  # of a number that nobody expects to be free or closes by name


def keep(descriptor: int) -> int:
    """Return a descriptor for what *descriptor*, which is closed, stands for: one that the script does not close."""
    import fcntl

    kept = descriptor
    for lowest in (_FIRST, 3):
        try:
            kept = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:  # so few may be open
            continue
        _close(descriptor)
        break
    _descriptors.add(kept)
    return kept


def close(descriptor: int) -> None:
    """Close what was kept."""
    _descriptors.discard(descriptor)
    _close(descriptor)


_close, _closerange = os.close, os.closerange


def close_if_theirs(fd: int) -> None:
    """Take the place of `os.close`."""
    if fd in _descriptors:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))  # the script cannot know it
    _close(fd)


def close_range_of_theirs(fd_low: int, fd_high: int, /) -> None:
    """Take the place of `os.closerange`."""
    for kept in sorted(kept for kept in _descriptors if fd_low <= kept < fd_high):
        _closerange(fd_low, kept)
        fd_low = kept + 1
    _closerange(fd_low, fd_high)
