"""Digests of files by content; a file is read again only if its stat differs."""

from __future__ import annotations

import os
import stat
import time

import xxhash

from .canonical import Digest, Unknown

ABSENT = "absent"
STAT_ONLY = "kind and size"
"""Line text for a path whose stat was read, but that was not opened."""
FOLDER = "folder"

Signature = tuple[int, ...]
"""Device, inode, size, mtime and ctime of a file: a cheap check that it is unchanged."""

_YOUNG_NS = 2_000_000_000
_CHUNK = 1 << 20
_MADE_BY_TOOLS = (".iparsave_cache", "__pycache__")


def signature(path: str) -> Signature | None:
    """Return the signature of the file at *path*, or None if there is no file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return signature_of(found)


def signature_of(found: os.stat_result) -> Signature:
    """Return the signature of the file with the stat result *found*."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def is_settled(signed: Signature) -> bool:
    """Whether a file with this signature is old enough for the signature to identify its content.

    The clock of file times ticks a few hundred times a second (on some file systems
    only every two seconds).  A file that changes twice within one tick keeps its signature.
    """
    return max(signed[3:]) < time.time_ns() - _YOUNG_NS


class FileDigests:
    """Digests of files, remembered by file signature.

    Parameters
    ----------
    known : dict, optional
        Digests that an earlier process has computed.
    """

    def __init__(self, known: dict[Signature, str] | None = None) -> None:
        self.known: dict[Signature, str] = known or {}

    def of(self, path: str) -> str:
        """Return the digest of the file at *path*, `ABSENT` if there is none, or `FOLDER` for a folder.

        Raises
        ------
        Unknown
            If the file cannot be read, or changes while it is read.
        """
        before = signature(path)
        if before is None:
            return ABSENT
        if before in self.known:
            return self.known[before]
        if os.path.isdir(path):
            return FOLDER
        digest = xxhash.xxh3_128()
        try:
            with open(path, "rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
        except OSError as error:
            raise Unknown(f"{path} cannot be read") from error
        if signature(path) != before:
            raise Unknown(f"{path} changed while it was read")
        if is_settled(before):
            self.known[before] = digest.hexdigest()
        return digest.hexdigest()


def names_in(path: str) -> list[str] | None:
    """Return the sorted names in a folder, except those made by tools; None if it cannot be listed."""
    try:
        return sorted(name for name in os.listdir(path) if name not in _MADE_BY_TOOLS)
    except OSError:
        return None


def listing_digest(names: list[str] | None) -> str:
    """Return the digest of a result of `names_in`; `ABSENT` if that is None."""
    if names is None:
        return ABSENT
    digest = Digest("listing")
    for name in names:
        digest.add("name", name)
    return digest.hexdigest()


def stat_digest(path: str) -> str:
    """Return the digest of what ``exists`` and ``stat`` report about *path*: its kind and, for a file, its size.

    Times differ between two checkouts of the same files, so they are left out; reads of times are recorded
    separately, as kind ``times``.  The size of a Python file is left out too, since only its syntax tree counts.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ABSENT
    size = found.st_size if stat.S_ISREG(found.st_mode) and not path.endswith(".py") else 0
    return Digest("stat").add("kind", stat.S_IFMT(found.st_mode)).add("size", size).hexdigest()


def path_key(path: str) -> str:
    """Return the digest of the real path of *path*: the key of records about the movie or script there."""
    return Digest("place").add("path", os.path.realpath(path)).hexdigest()
