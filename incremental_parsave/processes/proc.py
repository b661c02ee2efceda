"""Information about processes, from Linux's ``/proc``.

Only this module reads ``/proc``.  On a system without it, each function returns what its docstring says.
"""

from __future__ import annotations

import contextlib
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

HAS_PROC = os.path.isdir("/proc/self/fd")
"""Whether this system has ``/proc``."""

_SELF = "/proc/self/fd"
_EXITING = 0x4  # PF_EXITING in the kernel's flags of a process
_WRITABLE = re.compile(rb"\n(\S+ .w.s .*)")  # matches any line but the first, which is the program's


class Descriptor:
    """An open file descriptor of this process.

    Attributes
    ----------
    number : int
    link : str
        What it refers to: a path, or ``pipe:[inode]``, ``socket:[inode]``.
    access : int
        `os.O_RDONLY`, `os.O_WRONLY` or `os.O_RDWR`.
    """

    __slots__ = ("access", "link", "number")

    def __init__(self, number: int, link: str, access: int) -> None:
        self.number, self.link, self.access = number, link, access


def descriptors() -> Iterator[Descriptor]:
    """Yield the open descriptors of this process; nothing without ``/proc``."""
    for entry in os.listdir(_SELF) if HAS_PROC else ():
        try:
            link = os.readlink(f"{_SELF}/{entry}")
            with open(f"/proc/self/fdinfo/{entry}") as file:
                flags = int(file.read().split()[3], 8)
        except OSError:  # the descriptor that was used to list the folder
            continue
        yield Descriptor(int(entry), link, flags & os.O_ACCMODE)


def processor_features() -> str:
    """Return the instruction sets of the processor, as ``/proc/cpuinfo`` names them; empty if they are not known."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        for line in file:
            name, _, features = line.partition(":")
            if name.strip() in ("flags", "Features"):
                return features.strip()
    return ""


def control_groups() -> list[str]:
    """Return the control groups of this process, each as ``number:controllers:path``; none without ``/proc``."""
    try:
        with open("/proc/self/cgroup") as file:
            return file.read().splitlines()
    except OSError:
        return []


def link(descriptor: int) -> str:
    """Return what *descriptor* refers to; empty if it is closed, or if that cannot be determined."""
    try:
        return os.readlink(f"{_SELF}/{descriptor}")
    except OSError:
        return ""


def path_to(descriptor: int) -> str:
    """Return a path that opens what *descriptor* refers to, even a file that has been removed."""
    return f"{_SELF}/{descriptor}"


def is_of_system(path: str) -> bool:
    """Whether *path* belongs to a device or lies in ``/proc``."""
    return path.startswith(("/dev/", "/proc/"))


def children(process: int) -> list[int]:
    """Return the child processes of *process*; an empty list if they cannot be determined."""
    try:
        with open(f"/proc/{process}/task/{process}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:  # it has ended
        return []


def writable_mappings() -> set[bytes]:
    """Return the memory mappings that a process forked now would share with this one, and could write to.

    Each is a line of ``/proc/self/maps``.  It names the file, so other memory at the same address gives another line.
    """
    if not HAS_PROC:
        return set()
    with open("/proc/self/maps", "rb") as file:
        return set(_WRITABLE.findall(file.read()))


def private_bytes(process: int) -> int:
    """Return how many bytes of memory *process* shares with no other process; 0 if that cannot be determined."""
    try:
        with open(f"/proc/{process}/smaps_rollup") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Private_"))
    except OSError:
        return 0


def is_gone(process: int) -> bool:
    """Whether *process* has ended or is exiting: its files are closed before it disappears."""
    try:
        state, *rest = _stat(process)
    except OSError:
        return True
    return state in (b"Z", b"X") or bool(int(rest[5]) & _EXITING)


def has_orphans(folder: str) -> bool:
    """Whether a process whose group leader is gone works in *folder*, or names it on its command line."""
    for process in _processes():
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                named = os.fsencode(f"{folder}/") in file.read()
            if (named or os.readlink(f"/proc/{process}/cwd") == os.path.realpath(folder)) and not is_gone(process):
                leader = int(_stat(process)[2])
                if leader != process and is_gone(leader):
                    return True
        except OSError:  # it has just ended, or is another user's
            continue
    return False


def in_session(session: int) -> set[int]:
    """Return the processes of *session*; only its leader if the others cannot be found."""
    if not HAS_PROC:
        return {session}
    found = set()
    for process in _processes():
        with contextlib.suppress(OSError):
            if os.getsid(process) == session:
                found.add(process)
    return found


def sockets_at(ports: set[int]) -> set[str]:
    """Return the inodes of the TCP sockets that have one of *ports* at either end, on this machine."""
    found = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/self/net/{table}") as file:
            for row in file.read().splitlines()[1:]:
                _, local, remote, *rest = row.split()
                here, port = local.split(":")
                there, far = remote.split(":")
                if int(port, 16) in ports or (here == there and int(far, 16) in ports):
                    found.add(rest[6])
    return found


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()] if HAS_PROC else []


def _stat(process: int) -> list[bytes]:
    """Return the fields of ``/proc/PID/stat`` from the state on."""
    with open(f"/proc/{process}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()
