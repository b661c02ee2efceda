"""Hooks that record when a scene looks at a file without opening it: that raises no audit event."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..processes import proc
from . import audit
from .inputs import Inputs

SYSTEM = importlib.import_module(os.name)
"""The module that `os` takes its functions from: a scene can call them through either one."""
FONTS_AND_TEX = (f"{os.sep}matplotlib{os.sep}__init__.py", "font_manager.py", "texmanager.py", "dviread.py")
_PIL = os.path.join("PIL", "Image.py")  # checks whether a file exists before writing it
_NOT_LOOKING = ("realpath", "_joinrealpath", "mkdir", "makedirs")  # they call stat, but its result is no input
_NO_TIMES = tuple(
    "exists lexists isfile isdir islink ismount getsize access is_file is_dir is_symlink is_mount".split()
)


def record_looks(inputs: Inputs) -> None:
    """Record in *inputs*, from now on, which paths the process looks at through functions of `os`."""
    _record_stats(inputs)
    _record_links(inputs)
    _record_entries(inputs)
    _report_full_paths()


def _replace(name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace the function *name*, in `os` and `SYSTEM`, by what *make* returns for it."""
    function = make(getattr(os, name))
    setattr(os, name, function)
    setattr(SYSTEM, name, function)


def place_of(path: Any, dir_fd: int | None = None) -> str | None:
    """Return the absolute path of a name or of a descriptor; None if there is none.

    A relative name starts at the folder of *dir_fd*, if that is given.
    """
    if isinstance(path, int):
        found = proc.link(path)
        return found if found.startswith(os.sep) else None
    if not isinstance(path, str | bytes | os.PathLike):
        return None
    folder = (place_of(dir_fd) or "") if dir_fd is not None else ""
    return os.path.abspath(os.path.join(folder, os.fsdecode(path)))


def called_by(*functions: str, within: int) -> bool:
    """Whether one of the *within* nearest callers of our caller is a function with one of these names."""
    frame = sys._getframe(1).f_back
    for _ in range(within):
        if frame is None:
            return False
        if frame.f_code.co_name in functions:
            return True
        frame = frame.f_back
    return False


def for_a_traceback() -> bool:
    """Whether Python reads a source to show its lines in a traceback.

    False if inspect reads it, because that passes the lines to the program.
    """
    return audit.asked_by("linecache.py", within=2) and not audit.asked_by("inspect.py", within=8)


def _record_stats(inputs: Inputs) -> None:
    def recorded(original: Callable[..., Any]) -> Callable[..., Any]:
        has_times = original.__name__ != "access"

        def look(path: Any, *args: Any, **kwargs: Any) -> Any:
            ours = sys._getframe(1).f_code.co_filename.startswith("<frozen importlib") and audit.by_import_system()
            if ours or audit.is_unrecorded() or called_by(*_NOT_LOOKING, within=4) or for_a_traceback():
                return original(path, *args, **kwargs)
            if called_by("save", within=4) and audit.asked_by(_PIL, within=0):
                return original(path, *args, **kwargs)
            with audit.unrecorded():
                name = place_of(path, kwargs.get("dir_fd"))
            if name is not None:
                inputs.add("stat", name)
                if has_times and not called_by(*_NO_TIMES, within=4):
                    inputs.timed(name)
                    if audit.is_called_directly_by_scene():
                        inputs.add("times", name)
            return original(path, *args, **kwargs)

        return look

    def recorded_by_descriptor(original: Callable[[int], Any]) -> Callable[[int], Any]:
        def look(fd: int) -> Any:
            if not audit.is_unrecorded() and audit.is_called_directly_by_scene():
                with audit.unrecorded():
                    name = place_of(fd)
                if name is not None:
                    inputs.add("stat", name)
                    inputs.add("times", name)
            return original(fd)

        return look

    for name in ("stat", "lstat", "access"):
        _replace(name, recorded)
    _replace("fstat", recorded_by_descriptor)


def _record_links(inputs: Inputs) -> None:
    """Record where symbolic links lead, and calls that ask only for the times of a file."""

    def recorded(original: Callable[..., Any]) -> Callable[..., Any]:
        def look(path: Any, *args: Any, **kwargs: Any) -> Any:
            if not audit.is_unrecorded():
                with audit.unrecorded():
                    name = place_of(path, kwargs.get("dir_fd"))
                if name is not None:
                    inputs.add("link", name)
            return original(path, *args, **kwargs)

        return look

    def timed(original: Callable[[Any], float]) -> Callable[[Any], float]:
        def look(path: Any) -> float:
            ours = audit.is_unrecorded() or audit.asked_by(*FONTS_AND_TEX, within=4)
            if not ours and isinstance(path, str | bytes | os.PathLike):
                inputs.add("times", os.path.abspath(os.fsdecode(path)))
            return original(path)

        return look

    _replace("readlink", recorded)
    for name in ("getmtime", "getctime"):
        setattr(os.path, name, timed(getattr(os.path, name)))


class _Entry:
    """Stand-in for an entry of a folder that the scene lists; reports each use of more than its name."""

    def __init__(self, entry: os.DirEntry[Any], looked: Callable[[str, bool], None]) -> None:
        self._entry, self._looked = entry, looked

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return os.DirEntry

    def __getattr__(self, name: str) -> Any:
        if name in ("stat", "inode"):
            self._looked(os.fsdecode(self._entry.path), True)
        elif name.startswith("is_"):
            self._looked(os.fsdecode(self._entry.path), False)
        return getattr(self._entry, name)

    def __fspath__(self) -> Any:
        return self._entry.path

    def __repr__(self) -> str:
        return repr(self._entry)


class _Entries:
    """Stand-in for the iterator that ``os.scandir`` returns."""

    def __init__(self, entries: Any, looked: Callable[[str, bool], None]) -> None:
        self._entries, self._looked = entries, looked

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return _Entry(next(self._entries), self._looked)

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *error: object) -> None:
        self._entries.close()

    def close(self) -> None:
        self._entries.close()


def _record_entries(inputs: Inputs) -> None:
    """Record what the scene learns from ``os.scandir`` entries.

    An entry answers without a call of ``os.stat``, so no other hook would see it.
    """

    def recorded(original: Callable[..., Any]) -> Callable[..., Any]:
        def scan(path: Any = ".") -> Any:
            entries = original(path)
            if audit.is_unrecorded() or not audit.is_called_directly_by_scene():
                return entries  # the standard library does not pass entries on
            with audit.unrecorded():
                folder = place_of(path) or ""

            def looked(name: str, has_times: bool) -> None:
                inputs.add("stat", os.path.join(folder, os.path.basename(name)))
                if has_times:
                    inputs.add("times", os.path.join(folder, os.path.basename(name)))

            return _Entries(entries, looked)

        return scan

    _replace("scandir", recorded)


def _report_full_paths() -> None:
    """Make ``os.open`` with *dir_fd* raise an audit event with the full path, which Python's own lacks."""

    def reporting(original: Callable[..., int]) -> Callable[..., int]:
        def open_it(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            if dir_fd is None or audit.is_unrecorded():
                return original(path, flags, mode, dir_fd=dir_fd)
            with audit.unrecorded():
                name = place_of(path, dir_fd)
            sys.audit("open", name, None, flags)
            with audit.unrecorded():
                return original(path, flags, mode, dir_fd=dir_fd)

        return open_it

    _replace("open", reporting)
