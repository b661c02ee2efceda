"""What is ours in a process in which a script runs: it may change whatever it can reach.

Functions of the standard library as they were before the script ran, descriptors that it does not close,
the process itself, which a child that it forks is not.
"""

from __future__ import annotations

import builtins
import errno
import os
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

_PACKAGE = __name__.rpartition(".")[0] + "."

# -- the process ------------------------------------------------------------

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


_getpid, _fork, _exit, _getcwd = os.getpid, getattr(os, "fork", os.getpid), os._exit, os.getcwd
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def end(status: int) -> NoReturn:
    """End this process at once, whatever the script has made of `os`."""
    _exit(status)


# -- functions ----------------------------------------------------------------


_HELD = "os posixpath genericpath json time shutil tempfile signal pickle base64 glob".split()


def hold_functions() -> None:
    """Let our own modules go on with the functions that there are now, whatever the script replaces."""
    held = _copies()
    for name, module in list(sys.modules.items()):
        if name.startswith(_PACKAGE) and name != __name__:
            names = vars(module)
            for key, value in list(names.items()):
                if isinstance(value, types.ModuleType) and value in held:
                    names[key] = held[value]
            for key, value in vars(builtins).items():
                if not key.startswith("_"):
                    names.setdefault(key, value)


def _copies() -> dict[types.ModuleType, types.ModuleType]:
    """Return copies of the modules, whose functions call each other and nobody else."""
    modules = [sys.modules[name] for name in _HELD if name in sys.modules]
    copies = {module: types.ModuleType(module.__name__, module.__doc__) for module in modules}
    spaces = {id(vars(module)): vars(copy) for module, copy in copies.items()}
    functions: dict[types.FunctionType, types.FunctionType] = {}
    for module, copy in copies.items():
        for name, value in vars(module).items():
            if isinstance(value, types.FunctionType) and id(value.__globals__) in spaces:
                if value not in functions:
                    space = spaces[id(value.__globals__)]
                    made = types.FunctionType(
                        value.__code__, space, value.__name__, value.__defaults__, value.__closure__
                    )
                    made.__kwdefaults__ = value.__kwdefaults__
                    made.__dict__.update(vars(value))
                    functions[value] = made
                value = functions[value]
            elif isinstance(value, types.ModuleType):
                value = copies.get(value, value)
            vars(copy)[name] = value
    vars(copies[os])["getcwd"] = _working_folder
    return copies


def _working_folder() -> str:
    """Return the working folder; a name of nothing, if the script has removed it."""
    try:
        return _getcwd()
    except FileNotFoundError:
        return os.path.join(os.sep, "gone")


# -- descriptors --------------------------------------------------------------

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


def _close_if_theirs(fd: int) -> None:
    if fd in _descriptors:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))  # the script cannot know it
    _close(fd)


def _close_range_of_theirs(fd_low: int, fd_high: int, /) -> None:
    for kept in sorted(kept for kept in _descriptors if fd_low <= kept < fd_high):
        _closerange(fd_low, kept)
        fd_low = kept + 1
    _closerange(fd_low, fd_high)


# -- limits ---------------------------------------------------------------------

_OUR_DEPTH = 1000  # calls within calls that ours may take, beside the script's


def _limit_theirs(limit: int, /) -> None:
    _set_depth(limit + _OUR_DEPTH if limit > 0 else limit)


def _their_limit() -> int:
    return _get_depth() - _OUR_DEPTH


_set_depth, _get_depth = sys.setrecursionlimit, sys.getrecursionlimit

# -- all of it ------------------------------------------------------------------


def stand_apart(exits: Callable[[int], Any]) -> None:
    """Be independent from here on of what the script changes in its process.

    Parameters
    ----------
    exits : callable
        Told the status when the script calls `os._exit`, before the process ends.
    """

    def exit_told(status: int) -> NoReturn:
        if is_own_process():
            exits(status)
        _exit(status)

    hold_functions()
    theirs: dict[str, Callable[..., Any]] = {
        "_exit": exit_told,
        "close": _close_if_theirs,
        "closerange": _close_range_of_theirs,
    }
    for name, function in theirs.items():
        function.__module__, function.__name__, function.__qualname__ = os.name, name, name
        for module in (os, sys.modules[os.name]):
            setattr(module, name, function)
    _set_depth(_get_depth() + _OUR_DEPTH)
    sys.setrecursionlimit, sys.getrecursionlimit = _limit_theirs, _their_limit
