"""One audit hook for the whole process, which reports what the scene reads and which actions it takes.

Python cannot remove an audit hook.  So this module installs a single one, which
passes events to the listeners registered at the time: the recorded inputs and
the guard.
"""

from __future__ import annotations

import contextlib
import functools
import os
import site
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..keys.packages import is_tracked_by_record, is_unowned, packages_folder

Listener = Callable[[str, tuple[Any, ...]], None]

_listeners: list[Listener] = []
_installed = False


class _Silence(threading.local):
    depth = 0


_silence = _Silence()

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


READS = frozenset({"open", "os.listdir", "os.scandir"})
PROCESSES = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"}
)
SOCKETS = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "sqlite3.connect"})
CHANGES = frozenset(
    [
        "os.remove",
        "os.rename",
        "os.link",
        "os.symlink",
        "os.mkdir",
        "os.rmdir",
        "os.truncate",
        "os.chmod",
        "os.chown",
        "os.utime",
        "os.chdir",
        "shutil.copyfile",
        "shutil.move",
        "shutil.rmtree",
        "tempfile.mkstemp",
        "tempfile.mkdtemp",
    ]
)
THREADS = frozenset({"_thread.start_new_thread", "_thread.start_joinable_thread"})
LOADS = frozenset({"import", "ctypes.dlopen"})
ANSWERS = frozenset({"socket.gethostname", "ctypes.dlsym"})
INPUT = frozenset({"builtins.input", "builtins.input/result"})
FUNCTIONS = frozenset({"object.__setattr__"})  # among others, assigning a function new code or defaults
_REPORTED = FUNCTIONS | READS | LOADS | ANSWERS | PROCESSES | SOCKETS | CHANGES | THREADS | INPUT


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event not in _REPORTED or _silence.depth or not _listeners:
        return
    for listener in tuple(_listeners):
        listener(event, args)


def listen(listener: Listener) -> None:
    """Call *listener* for each event of the sets above, from now on."""
    global _installed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
    _listeners.append(listener)


@contextlib.contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call *listener* for each event of the sets above, inside the with block."""
    listen(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextlib.contextmanager
def unrecorded() -> Iterator[None]:
    """Ignore the events of this thread inside the with block: they are ours, not the scene's."""
    _silence.depth += 1
    try:
        yield
    finally:
        _silence.depth -= 1


def is_unrecorded() -> bool:
    """Whether this thread is inside an `unrecorded` block."""
    return _silence.depth > 0


class Opened(NamedTuple):
    """A decoded ``open`` event.

    Attributes
    ----------
    path : str
        Absolute path.
    reads, writes : bool
        Whether existing content can be read; whether the file may change.
    begins : bool
        Whether the file starts out empty, because it is created or truncated.
    """

    path: str
    reads: bool
    writes: bool
    begins: bool


def opened(args: tuple[Any, ...]) -> Opened | None:
    """Decode the arguments of an ``open`` event; return None if a descriptor was opened."""
    path, mode, flags = args
    if not isinstance(path, str | bytes | os.PathLike):
        return None
    path = os.path.abspath(os.fsdecode(path))
    if isinstance(mode, str):
        begins = "w" in mode or "x" in mode
        return Opened(path, not begins and ("r" in mode or "+" in mode), any(c in mode for c in "wax+"), begins)
    flags = flags or 0
    begins = bool(flags & os.O_TRUNC) or (flags & os.O_CREAT and flags & os.O_EXCL) != 0
    return Opened(path, not begins and flags & os.O_ACCMODE != os.O_WRONLY, bool(flags & _WRITING), begins)


def _standard_library() -> tuple[str, ...]:
    paths = (sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
    return tuple(path + os.sep for path in {*paths, os.path.dirname(os.__file__)})


def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders.update(site.getsitepackages())
    folders.add(site.getusersitepackages())
    folders.add(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folders.update({"/proc", "/dev", "/sys"})
    both = {os.path.abspath(f) for f in folders} | {os.path.realpath(f) for f in folders}
    return tuple(sorted(f.rstrip(os.sep) + os.sep for f in both))


_LIBRARY = _library_folders()


@functools.lru_cache(maxsize=4096)
def is_library(path: str) -> bool:
    """Whether *path* belongs to Python or an installed package, not to the scene's own code."""
    if packages_folder(path):
        with unrecorded():  # `is_unowned` reads the RECORD files of the packages
            return not is_unowned(path)
    return (
        (path.startswith(_LIBRARY) and not path.startswith("/dev/shm/") and not path.endswith(_AT_THE_START))
        # matplotlib's caches: the list of installed fonts, and texts rendered by TeX
        or os.path.basename(path).startswith("fontlist-")
        or f"{os.sep}tex.cache{os.sep}" in path
        or path.endswith(".matplotlib-lock")
    )


def is_identified_by_version(path: str) -> bool:
    """Whether a version identifies the content of *path*: that of Python, NumPy, matplotlib or this package."""
    return is_tracked_by_record(path) or path.startswith(_OURS) or (is_library(path) and not packages_folder(path))


def by_import_system() -> bool:
    """Whether the import system itself causes the current event.

    False if the event comes from a module that is being imported, or from code that
    calls a loader to read a file (``get_data``, ``get_source``).
    """
    frame, function = sys._getframe(1), ""
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        frame, function = frame.f_back, frame.f_code.co_name  # type: ignore[assignment]
    return bool(function) and function not in ("get_data", "get_source", "path_stats", "path_mtime")


_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_AT_THE_START = (f"{os.sep}sitecustomize.py", f"{os.sep}usercustomize.py")
_PATHLIB = os.path.join(os.path.dirname(os.__file__), "pathlib")
_STANDARD = ("<", _OURS, *_standard_library())


def by_scene() -> bool:
    """Whether the scene's own code causes the current event, directly or through the standard library."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_STANDARD) or (packages_folder(file) and not file.startswith(_OURS)):
            return not is_library(file)
        frame = frame.f_back  # type: ignore[assignment]
    return False


def is_called_directly_by_scene() -> bool:
    """Whether the scene's own code called the function that calls this one, directly or through pathlib."""
    frame = sys._getframe(2)
    while _PATHLIB in frame.f_code.co_filename and frame.f_back is not None:
        frame = frame.f_back
    file = frame.f_code.co_filename
    return not (file.startswith(_STANDARD) or is_library(file))


def asked_by(*names: str, within: int = 4) -> bool:
    """Whether the file name of one of the nearest callers begins or ends with one of *names*."""
    frame = sys._getframe(1)
    for _ in range(within + 4):
        if frame is None:
            return False
        file = frame.f_code.co_filename
        if file.startswith(names) or file.endswith(names):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def is_local_module(name: str) -> bool:
    """Whether the module *name* is the user's own code."""
    if name == "__main__":
        return True
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is not None and not is_library(os.path.abspath(file))
