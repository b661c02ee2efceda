"""Files by content, read again only where a stat differs."""

from __future__ import annotations

import os
import stat
import time

import xxhash

from .canonical import Digest, Unknown

ABSENT = "absent"
LOOKED_AT = "kind and size"
"""What is known of a file that was looked at without being opened."""
FOLDER = "folder"

Signature = tuple[int, ...]
"""Device, inode, size, times of modification and of change: what tells cheaply that a file is still the same one."""

_YOUNG_NS = 2_000_000_000
_CHUNK = 1 << 20
_MADE_BY_TOOLS = (".iparsave_cache", "__pycache__")


def signature(path: str) -> Signature | None:
    """Return the signature of the file at *path*, None if there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return signature_of(found)


def signature_of(found: os.stat_result) -> Signature:
    """Return the signature of the file of which this was *found*."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def is_settled(signed: Signature) -> bool:
    """Whether a file of this signature is old enough to be known by it.

    A clock ticks some hundred times a second (on some file systems every two
    seconds): a file that was changed twice within one tick keeps its signature.
    """
    return max(signed[3:]) < time.time_ns() - _YOUNG_NS


class FileDigests:
    """Digests of files, remembered by their signatures.

    Parameters
    ----------
    known : dict, optional
        Digests that an earlier process remembered.
    """

    def __init__(self, known: dict[Signature, str] | None = None) -> None:
        self.known: dict[Signature, str] = known or {}

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
            raise Unknown(f"{path} changes while it is read")
        if is_settled(before):
            self.known[before] = digest.hexdigest()
        return digest.hexdigest()


def names_in(path: str) -> list[str] | None:
    """Return the names in a folder, in order, or None; without those that only tools know."""
    try:
        return sorted(name for name in os.listdir(path) if name not in _MADE_BY_TOOLS)
    except OSError:
        return None


def listing_digest(names: list[str] | None) -> str:
    """Return the digest of `names_in` a folder, or `ABSENT`."""
    if names is None:
        return ABSENT
    digest = Digest("listing")
    for name in names:
        digest.add("name", name)
    return digest.hexdigest()


def stat_digest(path: str) -> str:
    """Return the digest of what ``exists`` and ``stat`` tell of *path*: its kind, and a file's size.

    Times are left out, and a kind of their own: they differ between two checkouts of the same files.  So
    are the sizes of Python files, which count by their meaning.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ABSENT
    size = found.st_size if stat.S_ISREG(found.st_mode) and not path.endswith(".py") else 0
    return Digest("stat").add("kind", stat.S_IFMT(found.st_mode)).add("size", size).hexdigest()


def place_digest(path: str) -> str:
    """Return the digest of where *path* is: what the store knows of the movie there is kept under it."""
    return Digest("place").add("path", os.path.realpath(path)).hexdigest()
