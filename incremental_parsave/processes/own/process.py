"""Distinguish our own processes from children that the script forks."""

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
    """Whether this process is ours, not a child that the script forked."""
    return _getpid() == _pid


def adopt() -> None:
    """Treat this process as ours, whatever code forked it."""
    global _pid
    _pid = _getpid()


def fork() -> int:
    """Fork this process; the child is ours as well."""
    global _pid, _forking
    _forking = True
    try:
        pid = _fork()
        if pid == 0:
            _pid = _getpid()
        return pid
    finally:
        _forking = False


class ScriptExited(SystemExit):
    """The script called `os._exit` while a movie was being made.

    Raised instead of ending the process, so that nothing is left behind.
    """


_ended: ScriptExited | None = None


def raise_exit(status: int) -> NoReturn:
    """Raise `ScriptExited` instead of ending this process."""
    global _ended
    _ended = ScriptExited(status)
    raise _ended


def check_process() -> None:
    """Check that this process may go on with work that only one process may do.

    A child that the script forked, and that returned into our code, ends here.

    Raises
    ------
    ScriptExited
        If the script called `os._exit`, and its own code caught the exception raised then.
    """
    if _getpid() != _pid:
        _exit(0)
    if _ended is not None:
        raise _ended


def in_script_children(function: Callable[[], None]) -> None:
    """Register *function* to be called in each child that the script forks."""
    _left_to_children.append(function)


def _forked() -> None:
    if not _forking:
        for function in _left_to_children:
            function()


_getpid, _fork, _exit = os.getpid, getattr(os, "fork", os.getpid), os._exit
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def end(status: int) -> NoReturn:
    """End this process at once, even if the script has replaced functions of `os`."""
    _exit(status)
