"""The process itself, which a child that the script forks is not."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_pid = os.getpid()
_forking = False
_left_to_children: list[Callable[[], None]] = []


def is_own_process() -> bool:
    """Whether this process is ours, and not a child that the script has forked."""
    return _getpid() == _pid


def adopt() -> None:
    """Take this process for ours, whoever has forked it."""
    global _pid
    _pid = _getpid()


def fork() -> int:
    """Fork; the child is ours as well."""
    global _pid, _forking
    _forking = True
    try:
        pid = _fork()
        if pid == 0:
            _pid = _getpid()
        return pid
    finally:
        _forking = False


class EndedAtOnce(SystemExit):
    """The script has called `os._exit`: raised in place of it while a movie is made, so that nothing is left behind."""


_ended: EndedAtOnce | None = None


def ended_at_once(status: int) -> NoReturn:
    """Raise in place of the end of this process."""
    global _ended
    _ended = EndedAtOnce(status)
    raise _ended


def may_go_on() -> None:
    """End a process that the script has forked, and let run on into what only one may do; see that the others go on.

    Raises
    ------
    EndedAtOnce
        If the script's own code has kept it from ending this process.
    """
    if _getpid() != _pid:
        _exit(0)
    if _ended is not None:
        raise _ended


def in_strangers(function: Callable[[], None]) -> None:
    """Have *function* called in each child that the script forks."""
    _left_to_children.append(function)


def _forked() -> None:
    if not _forking:
        for function in _left_to_children:
            function()


_getpid, _fork, _exit = os.getpid, getattr(os, "fork", os.getpid), os._exit
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def end(status: int) -> NoReturn:
    """End this process at once, whatever the script has made of `os`."""
    _exit(status)
