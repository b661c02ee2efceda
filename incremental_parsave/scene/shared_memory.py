"""Memory that forked processes would share, kept to one process for a while.

A lock, a queue or a value of multiprocessing lies in memory that every process
forked from now on shares, and so does what is left of a pool that has ended.
Where no other process has it, nobody can tell it from memory of its own: so
while frames are stepped, a private copy stands in its place, of which every
forked process has its own.  Then what was there comes back, and holds what the
copy came to hold.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import os
from pathlib import Path
from typing import Any, NamedTuple

SHARES = "the scene shares memory with other processes"

_LARGEST = 64_000_000  # bytes in all, of which there is a copy
_MAP_FIXED = 0x10
_MREMAP_MAYMOVE, _MREMAP_FIXED = 1, 2
_FAILED = ctypes.c_void_p(-1).value


class Mapping(NamedTuple):
    """A range of addresses that a file lies behind.

    Attributes
    ----------
    start, stop : int
    mode : str
        ``rw-s``, if it is shared.
    file : tuple of str
        Device and inode.
    path : str
        Where the file was.
    """

    start: int
    stop: int
    mode: str
    file: tuple[str, str]
    path: str


def shared_mappings() -> list[Mapping]:
    """Return the memory that a process forked now would share with this one, and could write to."""
    return [mapping for mapping in _mappings("self") if mapping.mode.startswith("rw-s")]


def _mappings(process: str) -> list[Mapping]:
    found = []
    for line in Path(f"/proc/{process}/maps").read_text(errors="surrogateescape").splitlines():
        addresses, mode, _, device, inode, *path = line.split(None, 5)
        if inode != "0":
            start, stop = (int(address, 16) for address in addresses.split("-"))
            found.append(Mapping(start, stop, mode, (device, inode), path[0] if path else ""))
    return found


def can_be_kept(mappings: list[Mapping]) -> bool:
    """Whether nobody else has any of these, or could come to it by a name."""
    for mapping in mappings:
        nameless = mapping.path.startswith("/dev/shm/") or mapping.path.startswith("/dev/zero ")
        if not nameless or not mapping.path.endswith(" (deleted)"):
            return False
    files = {mapping.file for mapping in mappings}
    if len(files) < len(mappings) or sum(mapping.stop - mapping.start for mapping in mappings) > _LARGEST:
        return False
    return not files or not any(files & _files_of(process) for process in _younger_processes())


def _files_of(process: str) -> set[tuple[str, str]]:
    try:
        return {mapping.file for mapping in _mappings(process)}
    except OSError:  # it has ended, or is somebody else's
        return set()


def _younger_processes() -> list[str]:
    """Return those that began after this one, and so may have been begun by it: only these may have what it shares."""
    ours = _began("self")
    others = [entry for entry in os.listdir("/proc") if entry.isdigit() and int(entry) != os.getpid()]
    return [process for process in others if _began(process) >= ours]


def _began(process: str) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()[19])
    except OSError:
        return -1


class _Kept(NamedTuple):
    mapping: Mapping
    parked: int
    copy: str


class PrivateMemory:
    """Keeps shared memory to this process, and to each process that is forked from it its own."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []

    def keep(self, *, others: bool = True) -> str:
        """Keep all that is shared by now; return why that cannot be, if it cannot.

        Parameters
        ----------
        others : bool
            Whether to see that no other process has it.
        """
        known = {kept.mapping.file for kept in self._kept}
        new = [mapping for mapping in shared_mappings() if mapping.file not in known]
        if others and not can_be_kept(new):
            return SHARES
        try:
            for mapping in new:
                self._kept.append(_keep(mapping))
        except OSError:
            return SHARES
        return ""

    def give_back(self) -> None:
        """Share it again, as it is now; what the scene has let go of meanwhile is let go of."""
        if not self._kept:
            return
        now = {(mapping.start, mapping.stop, mapping.mode, mapping.file[1]) for mapping in _mappings("self")}
        for (start, stop, *_), parked, copy in self._kept:
            size = stop - start
            if (start, stop, "rw-p", copy) not in now:
                _c().munmap(parked, size)
                continue
            ctypes.memmove(parked, start, size)
            _move(parked, size, start)
        self._kept = []


def _keep(mapping: Mapping) -> _Kept:
    """Put a copy in the place of *mapping*, which lies elsewhere then."""
    start, size = mapping.start, mapping.stop - mapping.start
    descriptor = os.memfd_create("iparsave", os.MFD_CLOEXEC)
    try:
        content = memoryview(ctypes.string_at(start, size))
        while content:
            content = content[os.write(descriptor, content) :]
        copy = str(os.fstat(descriptor).st_ino)
        parked = _map(None, size, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1)
        _move(start, size, parked)
        try:
            _map(start, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | _MAP_FIXED, descriptor)
        except OSError:
            _move(parked, size, start)
            raise
    finally:
        os.close(descriptor)
    return _Kept(mapping, parked, copy)


def _map(address: int | None, size: int, protection: int, flags: int, descriptor: int) -> int:
    placed = _c().mmap(address, size, protection, flags, descriptor, 0)
    if placed == _FAILED:
        raise OSError(ctypes.get_errno(), "mmap")
    return int(placed)


def _move(address: int, size: int, to: int) -> None:
    """Move what lies at *address* to a place where something lies that is of no use."""
    if _c().mremap(address, size, size, _MREMAP_MAYMOVE | _MREMAP_FIXED, to) == _FAILED:
        raise OSError(ctypes.get_errno(), "mremap")


@functools.cache
def _c() -> Any:
    library = ctypes.CDLL(None, use_errno=True)
    pointer, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    library.mmap.restype = library.mremap.restype = pointer
    library.mmap.argtypes = [pointer, size, number, number, number, ctypes.c_long]
    library.mremap.argtypes = [pointer, size, size, number, pointer]
    library.munmap.argtypes = [pointer, size]
    return library
