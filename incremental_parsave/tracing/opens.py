"""Find the files that C libraries open by themselves.

HDF5, netCDF, parquet and many other libraries open files without an audit event.
inotify reports each file that any process opens in a watched folder, and
``/proc/self/fd`` lists the files that this process holds open.  Recording too
many files is safe: it only makes a build compare frames (question 2).
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import types
from collections.abc import Callable, Iterable, Iterator

from ..processes import own, proc

_IN_OPEN = 0x20
_IN_Q_OVERFLOW = 0x4000
_IN_ONLYDIR = 0x1000000
_IN_ISDIR = 0x40000000
_EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name that follows

_MOST_FOLDERS = 1000
_MOST_FOLDERS_OF_A_TREE = 500
_LONGEST_PATH = 1000
_NOT_NAMED = ("#", ".#", ".nfs", ".goutputstream")  # "#": an unnamed file, which the kernel shows as a number
_NOT_DATA = (".py", ".pyc", ".so", "~", ".swp")
_TEMPORARY = ".tmp."  # in the name of our own file, while a movie is joined
_NO_DATA_MARKERS = ("pyvenv.cfg", "CACHEDIR.TAG")  # they mark a virtual environment, and a cache
# Modules whose C libraries open files.
_OPEN_BY_THEMSELVES = frozenset(
    "h5py netCDF4 tables pyarrow.parquet pyarrow.dataset pyarrow.feather pyarrow.csv pyarrow.orc polars fastparquet "
    "cv2 rasterio fiona osgeo pysam uproot awkward duckdb av".split()
)
_FOR_FILES_ALONE = ("h5py", "netCDF4", "tables")  # a scene imports these only to open files


# Every process on the machine opens files in these folders, and none of the files is data.
_PROGRAMS = tuple(
    folder.rstrip(os.sep) + os.sep
    for folder in (sys.prefix, sys.base_prefix, *"/usr /lib /lib64 /bin /sbin /etc /proc /dev /sys".split())
)


class Opens:
    """Watches folders, and reports the files that are opened in them.

    Parameters
    ----------
    report : callable
        Called with the path of each opened file.

    Attributes
    ----------
    missed : str
        Why some opened files may be untracked; empty if there is no known reason.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._folders: dict[str, int] = {}
        self._walked: set[str] = set()
        self._paths: dict[int, str] = {}
        self._inotify = -1
        self._saw_any = False
        self.missed = ""
        if sys.platform == "linux":
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._begin()
            own.in_script_children(self.leave_to_parent)
        if self._inotify < 0:
            self.missed = "opened files cannot be tracked on this system"

    def watch(self, folder: str) -> None:
        """Watch *folder*, but not the folders below it."""
        if folder in self._folders or self._inotify < 0 or (folder + os.sep).startswith(_PROGRAMS):
            return
        if len(self._folders) >= _MOST_FOLDERS:
            self.missed = f"there are more than {_MOST_FOLDERS} folders to watch"
            return
        watch = self._libc.inotify_add_watch(self._inotify, os.fsencode(folder), _IN_OPEN | _IN_ONLYDIR)
        self._folders[folder] = watch
        if watch >= 0:
            self._paths[watch] = folder
        elif os.path.isdir(folder):
            self.missed = f"{folder} cannot be watched: {os.strerror(ctypes.get_errno())}"

    def watch_tree(self, root: str) -> None:
        """Watch *root* and the folders below it that may hold data, the nearest first."""
        if root in self._walked or self._inotify < 0:  # `watch` alone does not walk a folder
            return
        waiting = [root]
        for count, folder in enumerate(waiting):  # the list grows during the loop
            if count == _MOST_FOLDERS_OF_A_TREE:
                self.missed = f"{root} has more than {count} folders"
                return
            self.watch(folder)
            self._walked.add(folder)
            inner, linked = _inner_folders(folder)
            waiting += inner
            for target in linked:
                self.watch(target)

    def drain(self) -> None:
        """Report the files that were opened since the last call."""
        while self._inotify >= 0:
            try:
                data = os.read(self._inotify, 1 << 16)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                watch, mask, _, length = _EVENT.unpack_from(data, at)
                at += _EVENT.size
                name = os.fsdecode(data[at : at + length].rstrip(b"\0"))
                at += length
                if mask & _IN_Q_OVERFLOW:
                    self.missed = "too many files were opened at once"
                elif name and not mask & _IN_ISDIR and _may_be_data(name):
                    self._saw_any = True
                    if watch in self._paths:
                        self._report(os.path.join(self._paths[watch], name))
                    else:  # another process that shares the queue added the watch
                        self.missed = f"{name} was opened in a folder that another process watches"

    def look_at_held(self) -> None:
        """Report the files that this process holds open for reading."""
        for found in list(proc.descriptors()):
            if found.access == os.O_RDONLY and os.path.isabs(found.link) and os.path.isfile(found.link):
                self._report(found.link)

    def leave_to_parent(self) -> None:
        """Stop watching, in a forked process.

        The queue is shared with the parent, and each event reaches only one of its readers.
        """
        if self._inotify >= 0:
            own.close(self._inotify)
            self._inotify = -1

    def _begin(self) -> None:
        self._inotify = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._inotify >= 0:
            self._inotify = own.keep(self._inotify)

    def renew(self) -> None:
        """Watch the same folders through a new queue, in a forked process."""
        if self._inotify < 0:
            return
        own.close(self._inotify)
        self._begin()
        folders, self._folders, self._paths = list(self._folders), {}, {}
        for folder in folders:
            self.watch(folder)

    def why_missed(self) -> str:
        """Return why opened files may be untracked; empty if that is unlikely."""
        libraries = sorted(_OPEN_BY_THEMSELVES & sys.modules.keys())
        if not self._saw_any and (unseen := [name for name in _FOR_FILES_ALONE if name in sys.modules]):
            return f"files opened by {unseen[0]} were not tracked"
        return (
            f"files opened by {libraries[0]} may have been missed: {self.missed}" if self.missed and libraries else ""
        )


def strings_of(constant: object) -> Iterator[str]:
    """Yield the strings in a code object, or in one of its constants, that may name files or folders."""
    if isinstance(constant, types.CodeType):
        constant = constant.co_consts
    if isinstance(constant, tuple | frozenset):
        for inner in constant:
            yield from strings_of(inner)
    elif isinstance(constant, str) and os.sep in constant:
        yield constant


def folders_named(strings: Iterable[str], bases: tuple[str, ...]) -> Iterator[str]:
    """Yield the folders that *strings* name, and the folders of files that they name.

    Parameters
    ----------
    strings : iterable of str
    bases : tuple of str
        Folders that relative names start from.
    """
    for string in strings:
        if len(string) < _LONGEST_PATH and "\n" not in string:
            for base in bases:
                path = os.path.normpath(os.path.join(base, os.path.expanduser(string)))
                folder = path if os.path.isdir(path) else os.path.dirname(path)
                if folder not in (os.sep, base) and os.path.isdir(folder):
                    yield folder


def _may_be_data(name: str) -> bool:
    ours = name.startswith(".") and _TEMPORARY in name
    return not (ours or name.startswith(_NOT_NAMED) or name.endswith(_NOT_DATA))


def _inner_folders(folder: str) -> tuple[list[str], list[str]]:
    """Return the folders in *folder* that may hold data, and the folders that its links lead to.

    Hidden folders, virtual environments and caches hold no data.
    """
    names, linked = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_symlink():
                    target = os.path.realpath(entry.path)
                    linked.append(target if os.path.isdir(target) else os.path.dirname(target))
                elif entry.name[0] != "." and entry.is_dir():
                    names.append(entry.name)
    except OSError:
        return [], []
    inner = [os.path.join(folder, name) for name in sorted(names) if name not in ("__pycache__", "node_modules")]
    kept = [path for path in inner if not any(os.path.exists(os.path.join(path, mark)) for mark in _NO_DATA_MARKERS)]
    return kept, sorted(set(linked))
