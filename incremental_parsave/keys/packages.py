"""Installed packages: where they are, which package a file belongs to, and digests of what is installed."""

from __future__ import annotations

import functools
import os
import re

from .canonical import Digest
from .files import ABSENT

_FOLDERS = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
_BY_VERSION = frozenset(
    "numpy numpy.libs matplotlib mpl_toolkits pylab.py pylab "
    "contourpy cycler dateutil fontTools kiwisolver packaging PIL pillow.libs pyparsing six.py "
    "_distutils_hack xxhash".split()
)
"""Top-level names of NumPy, matplotlib and its dependencies, and of modules that are loaded in every build."""
_TOPS = re.compile(rb'^"?([^/,"\r\n]+)[^\n]*(?:\n"?\1[/,"][^\n]*)*', re.MULTILINE)
"""Matches the top-level name at the start of a RECORD line; skips following lines with the same name, which can be
a thousand (numpy)."""
_NO_MODULES = (".dist-info", ".egg-info", ".egg", ".pth", ".egg-link", "__pycache__")


def is_packages_folder(folder: str) -> bool:
    """Whether *folder*, an entry of ``sys.path``, is one that packages are installed in."""
    return f"{folder}{os.sep}".endswith(_FOLDERS)


def packages_folder(path: str) -> str:
    """Return the folder of installed packages that contains *path*; empty if there is none."""
    for folder in _FOLDERS:
        at = path.rfind(folder)
        if at >= 0:
            return path[: at + len(folder) - 1]
    return ""


def _top(path: str, folder: str) -> str:
    return path[len(folder) + 1 :].partition(os.sep)[0]


def is_unowned(path: str) -> bool:
    """Whether *path* lies in a folder of installed packages but belongs to none of them, as if copied there by hand."""
    folder = packages_folder(path)
    if not folder:
        return False
    top, (owners, are_all) = _top(path, folder), _owners(folder)
    return are_all and bool(top) and top not in owners and not top.endswith(_NO_MODULES)


def is_tracked_by_record(path: str) -> bool:
    """Whether *path* belongs to NumPy, matplotlib or its dependencies: their RECORD files identify their code."""
    folder = packages_folder(path)
    return bool(folder) and _top(path, folder) in _BY_VERSION


def records_of(path: str) -> tuple[str, ...]:
    """Return the RECORD files (the installers' lists of files) that may name *path*."""
    folder = packages_folder(path)
    return _owners(folder)[0].get(_top(path, folder), ()) if folder else ()


@functools.cache
def _owners(folder: str) -> tuple[dict[str, tuple[str, ...]], bool]:
    """Return the RECORD files by the top-level names that they list, and whether every package could be listed."""
    owners: dict[str, tuple[str, ...]] = {}
    are_all = True
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return {}, False
    for name in names:
        if not name.endswith((".dist-info", ".egg-info")):
            continue
        record, ends = os.path.join(folder, name, "RECORD"), [""]
        listed = _read(record)
        if listed is None:  # installed by the system's package manager, which keeps its file list elsewhere
            listed, ends = _read(os.path.join(folder, name, "top_level.txt")), ["", ".py"]
            are_all &= listed is not None
        for found in set(_TOPS.findall(listed or b"")):
            for top in (os.fsdecode(found) + end for end in ends):
                owners[top] = (*owners.get(top, ()), record)
    return owners, are_all


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def record_digest(path: str) -> str:
    """Return the digest of the RECORD file at *path*: the names and digests of the installed files.

    Lines that differ between machines are left out: scripts, which name their interpreter, and the package's
    metadata, which names the installer.
    """
    listed = _read(path)
    if listed is None:
        return ABSENT
    digest = Digest("installed")
    about = os.fsencode(os.path.basename(os.path.dirname(path))) + b"/"
    for line in sorted(listed.split(b"\n")):
        line = line.rstrip(b"\r")
        if not line.startswith((b"..", b"/", about)) and not line.endswith(b",,"):
            digest.add("line", line)
    return digest.hexdigest()


def startup_lines(folder: str, names: list[str]) -> list[str]:
    """Return the lines that Python executes at startup, from the ``.pth`` files among the *names* in *folder*.

    The other lines of these files are folders, which are already in ``sys.path``.
    """
    lines = []
    for name in sorted(names):
        if name.endswith(".pth"):
            for line in (_read(os.path.join(folder, name)) or b"").splitlines():
                if line.startswith((b"import ", b"import\t")):
                    lines.append(f"{name}: {line.decode('utf-8', 'replace').rstrip()}")
    return lines
