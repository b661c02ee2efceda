"""Descriptors that the script does not close, and pipes that it has not made."""

from __future__ import annotations

import errno
import os
import stat

from .. import locks, proc

_descriptors: set[int] = set()
_FIRST = 64  # of a number that nobody expects to be free or closes by name


def keep(descriptor: int) -> int:
    """Return a descriptor for what *descriptor*, which is closed, stands for: one that the script does not close."""
    kept = descriptor
    for lowest in (_FIRST, 3):
        try:
            kept = locks.duplicate(descriptor, lowest)
        except OSError:  # so few may be open
            continue
        _close(descriptor)
        break
    _descriptors.add(kept)
    _pipes.add(proc.link(kept))
    return kept


def pipe() -> tuple[int, int]:
    """Return a pipe, none of whose ends is taken for a standard stream where the scene has closed those."""
    given = _pipe()
    ends = [locks.duplicate(end, 3) if end < 3 else end for end in given]
    for end in given:
        if end < 3:
            _close(end)
    _pipes.add(proc.link(ends[0]))
    return ends[0], ends[1]


def is_pipe_of_script(descriptor: int) -> bool:
    """Whether *descriptor* is an end of a pipe that was made since this was imported, not by us."""
    link = proc.link(descriptor)
    return link.startswith("pipe:") and link not in _pipes


def gives_once(status: os.stat_result) -> bool:
    """Whether what is read from a file of this *status* is read once, by whoever comes first: a pipe, a terminal."""
    if stat.S_ISCHR(status.st_mode):
        return os.major(status.st_rdev) != _MEMORY
    return stat.S_ISFIFO(status.st_mode)


_MEMORY = 1  # the number of the driver of /dev/null, /dev/zero and /dev/urandom


def close(descriptor: int) -> None:
    """Close what was kept."""
    _descriptors.discard(descriptor)
    _close(descriptor)


_close, _closerange, _pipe = os.close, os.closerange, os.pipe


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


_pipes = {each.link for each in proc.descriptors()}
"""Those of us, and of who has started this process."""
