"""Files by content, read again only where a stat differs."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

import xxhash

from .canonical import Digest, Unknown

ABSENT = "absent"
FOLDER = "folder"


class Signature(NamedTuple):
    """What tells cheaply that a file is still the same one."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


def signature(path: str) -> Signature | None:
    """Return the signature of the file at *path*, None if there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return Signature(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class FileDigests:
    """Digests of files, remembered by their signatures."""

    def __init__(self) -> None:
        self._known: dict[Signature, str] = {}

    def of(self, path: str) -> str:
        """Return the digest of the file at *path*, or `ABSENT`, or `FOLDER`.

        Raises
        ------
        Unknown
            If it cannot be read, or changes while it is read.
        """
        before = signature(path)
        if before is None:
            return ABSENT
        if os.path.isdir(path):
            return FOLDER
        if before not in self._known:
            digest = xxhash.xxh3_128()
            try:
                with open(path, "rb") as file:
                    while chunk := file.read(1 << 20):
                        digest.update(chunk)
            except OSError as error:
                raise Unknown(f"{path} cannot be read") from error
            if signature(path) != before:
                raise Unknown(f"{path} changes while it is read")
            self._known[before] = digest.hexdigest()
        return self._known[before]


def listing_digest(path: str) -> str:
    """Return the digest of the names in a folder, or `ABSENT`."""
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return ABSENT
    digest = Digest("listing")
    for name in names:
        digest.add("name", name)
    return digest.hexdigest()


def stat_digest(path: str) -> str:
    """Return the digest of what ``exists`` and ``stat`` tell of *path*: its kind, and a file's size.

    Times are left out: they differ between two checkouts of the same files.  So
    are the sizes of Python files, which count by their meaning.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ABSENT
    size = found.st_size if stat.S_ISREG(found.st_mode) and not path.endswith(".py") else 0
    return Digest("stat").add("kind", stat.S_IFMT(found.st_mode)).add("size", size).hexdigest()
