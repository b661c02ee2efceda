"""Records: small JSON documents that can tell whether they are whole, and the door to the files of a cache.

Whatever stands in the place of such a file: it is read if it is a regular file,
and passed by if not; what cannot be written is not kept. A movie is made all the
same.

Without pathlib and dataclasses, like all that question 0 needs: it is to cost
little more than the start of Python.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat

import xxhash

FORMAT = 7
"""Version of everything that is kept in the store; part of every key."""

OF_CACHE = "the cache "
"""How a line begins that says that a cache cannot be used, in part or in whole; one is enough."""

_MOST_BYTES = 1 << 28  # of a record: more is nothing of ours
_CHECKSUM = 33  # bytes of the first line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def place(root: str, kind: str, key: str) -> str:
    """Return where the record of *kind* under *key* is kept in the store at *root*."""
    return f"{root}/{kind}/{key[:2]}/{key[2:]}"


def called(path: str) -> str:
    """Return the kind and key of the record that is kept at *path*."""
    kind, folder, name = path.split("/")[-3:]
    return f"{kind}/{folder}{name}"


def in_part(root: str, entry: str) -> str:
    """Return the line that says that *entry* of the store at *root* is passed by."""
    return f"{OF_CACHE}{root} cannot be used in part ({entry}): that is made again"


# -- reading --------------------------------------------------------------


def open_regular(path: str) -> int:
    """Open the regular file at *path* for reading; return its descriptor.

    Raises
    ------
    OSError
        If there is none, or something else: whoever opens a pipe waits for the one who writes, and of a device
        there may be no end.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # it has been replaced meanwhile
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return descriptor


def read(path: str, complain: Callable[[str], object] | None = None) -> dict[str, Any] | None:
    """Return the body of the record at *path*; None if there is none.

    Parameters
    ----------
    path : str
    complain : callable, optional
        Told, in a few words, what is there instead.
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
    """Whether the bytes of a record are those that were written, whatever they mean."""
    checksum, _, text = data.partition(b"\n")
    return xxhash.xxh3_128_hexdigest(text).encode() == checksum


def unpack(data: bytes, at: str | None = None) -> dict[str, Any] | None:
    """Return the body of a record, or None if it is damaged, foreign or of another version.

    Parameters
    ----------
    data : bytes
    at : str, optional
        The kind and key under which it was found: what was written under another is none.
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
    """Return the bytes of the record *at* this kind and key: a checksum line, then the body."""
    text = json.dumps({"format": FORMAT, "at": at, **body}, separators=(",", ":"), sort_keys=True).encode()
    return xxhash.xxh3_128_hexdigest(text).encode() + b"\n" + text


def write(root: str, kind: str, key: str, body: dict[str, Any]) -> OSError | None:
    """Keep *body* as the record of *kind* under *key* in the store at *root*; return why not, if it cannot be kept."""
    path, temporary = place(root, kind, key), f"{root}/tmp/{os.getpid()}-{key}"
    try:
        try:
            written = _create(temporary)
        except FileNotFoundError:  # the cache was deleted meanwhile
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
    """Rename *temporary* to *path*, in the place of whatever is there: in a store, a folder is nobody's."""
    try:
        os.replace(temporary, path)
    except IsADirectoryError:
        import shutil

        shutil.rmtree(path)
        os.replace(temporary, path)


def _create(path: str) -> int:
    """Make a file; what is there of a process that had the same number is none of ours to open."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
