"""Records: small JSON documents with a checksum; and safe access to the files of a cache.

A file of the cache is read only if it is a regular file; anything else in its
place is skipped.  A record that cannot be written is not kept.  In either case
the movie is still made.

This module, like every module that question 0 needs, does not import pathlib or
dataclasses: question 0 should take little longer than the start of Python.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat

import xxhash

FORMAT = 9
"""Format version of everything in the cache; part of every key."""

CACHE_MESSAGE_PREFIX = "the cache "
"""Prefix of every message about a cache that cannot be used, in part or in whole.  Only the first one is shown."""

_MOST_BYTES = 1 << 28  # the largest record that is read; a larger file was not written by us
_CHECKSUM = 33  # length of the first line, in bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def place(root: str, kind: str, key: str) -> str:
    """Return the path of the record of *kind* under *key* in the cache at *root*."""
    return f"{root}/{kind}/{key[:2]}/{key[2:]}"


def called(path: str) -> str:
    """Return the kind and key of the record at *path*, as messages name it."""
    kind, folder, name = path.split("/")[-3:]
    return f"{kind}/{folder}{name}"


def partly_unusable(root: str, entry: str) -> str:
    """Return the message that *entry* of the cache at *root* is skipped."""
    return f"{CACHE_MESSAGE_PREFIX}{root} has an unusable file, which is made again: {entry}"


# -- reading --------------------------------------------------------------


def open_regular(path: str) -> int:
    """Open the regular file at *path* for reading; return its descriptor.

    Raises
    ------
    OSError
        If there is no file, or not a regular one: opening a pipe waits for a writer, and reading a device
        may never end.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # the file was replaced after the first check
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return descriptor


def read(path: str, complain: Callable[[str], object] | None = None) -> dict[str, Any] | None:
    """Return the body of the record at *path*; None if there is none, or if it cannot be used.

    Parameters
    ----------
    path : str
    complain : callable, optional
        Called with a short message if the file there cannot be used.
    """
    try:
        with open(open_regular(path), "rb") as file:
            data = file.read(_CHECKSUM)
            if data.endswith(b"\n") and os.fstat(file.fileno()).st_size <= _MOST_BYTES:
                data += file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = f"cannot be read ({error.strerror})"
    else:
        body = unpack(data, called(path))
        if body is not None:
            return body
        why = "is damaged or of another version"
    if complain is not None:
        complain(f"{called(path)} {why}")
    return None


def is_whole(data: bytes) -> bool:
    """Whether the bytes of a record match their checksum; their meaning is not checked."""
    checksum, _, text = data.partition(b"\n")
    return xxhash.xxh3_128_hexdigest(text).encode() == checksum


def unpack(data: bytes, at: str | None = None) -> dict[str, Any] | None:
    """Return the body of a record, or None if it is damaged, not a record, or of another version.

    Parameters
    ----------
    data : bytes
    at : str, optional
        The kind and key under which the record was found; one that was written under another key is rejected.
    """
    if not is_whole(data):
        return None
    _, _, text = data.partition(b"\n")
    try:
        body = json.loads(text)
    except ValueError:
        return None
    if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
        return None
    written_at = body.pop("at", None)
    return body if at in (None, written_at) else None


# -- writing --------------------------------------------------------------


def pack(body: dict[str, Any], at: str) -> bytes:
    """Return the bytes of a record for the kind and key *at*: a line with the checksum, then the body."""
    text = json.dumps({"format": FORMAT, "at": at, **body}, separators=(",", ":"), sort_keys=True).encode()
    return xxhash.xxh3_128_hexdigest(text).encode() + b"\n" + text


def write(root: str, kind: str, key: str, body: dict[str, Any]) -> OSError | None:
    """Write *body* as the record of *kind* under *key* in the cache at *root*; return the error if that fails."""
    path, temporary = place(root, kind, key), f"{root}/tmp/{os.getpid()}-{key}"
    try:
        try:
            written = _create(temporary)
        except FileNotFoundError:  # the cache has been deleted
            os.makedirs(f"{root}/tmp")
            written = _create(temporary)
        try:
            with open(written, "wb") as file:
                file.write(pack(body, f"{kind}/{key}"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            put(temporary, path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        return error
    return None


def put(temporary: str, path: str) -> None:
    """Rename *temporary* to *path*; replace whatever is there, even a folder, which does not belong there."""
    try:
        os.replace(temporary, path)
    except IsADirectoryError:
        import shutil

        shutil.rmtree(path)
        os.replace(temporary, path)


def _create(path: str) -> int:
    """Create a file for writing; delete one that an earlier process with the same process ID has left there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
