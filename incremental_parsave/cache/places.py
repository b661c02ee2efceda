"""The places of movies: which build may write a movie there, and which file was written last.

Each build takes a number when it begins, before it reads anything.  To put a movie in place, a process
locks the place and records its build number there before it renames the file.  From then on, a build
with a smaller number puts no movie there.  So of two builds, the one that began later wins, no matter which
finishes first, and no matter which process is paused or killed between two steps.

A movie is identified by the open descriptor of the file that was written, never by looking up its path
later.  A lock belongs to an open file, so the system releases it when the process ends.
If the cache does not support locks, or cannot be written, builds are not ordered; everything else
works as usual.
"""

from __future__ import annotations

import contextlib
import os
import time

from ..keys.files import path_key, signature, signature_of
from ..processes import locks
from . import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, Any

KIND = "movies"
LOCKS = "locks"
"""Folder of the lock files in the cache.  They are empty, except the one that holds the last build number."""
_DIGITS = 32  # width of the build number in its file


def begin(cache: str) -> int:
    """Return the number of the build that begins now, which is greater than those of all earlier builds."""
    # Taken from the clock, so that builds stay in order if the cache is deleted, or if they use different caches.
    now = time.time_ns()
    if not os.path.isdir(cache):
        return now
    with _locked(cache, "number") as lock:
        if lock is None:
            return now
        with contextlib.suppress(OSError, ValueError):
            now = max(now, int(os.pread(lock, _DIGITS, 0) or b"0") + 1)  # the clock may have been set back
        with contextlib.suppress(OSError):
            os.pwrite(lock, b"%*d" % (_DIGITS, now), 0)
    return now


class Place:
    """The place of one movie, as recorded in one cache.

    Parameters
    ----------
    cache : str
        Path of the cache.
    path : str
        Path of the movie.
    complain : callable, optional
        Called with a message if the record of the place cannot be read or written.
    """

    def __init__(self, cache: str, path: str, complain: Callable[[str], object] | None = None) -> None:
        self.path, self._complain = os.path.realpath(path), complain
        self._cache, self._key = cache, path_key(path)

    @contextlib.contextmanager
    def held(self, number: int) -> Iterator[bool]:
        """Lock the place; yield whether build *number* may put its movie there; False if a later build has done so."""
        with _locked(self._cache, self._key):
            yield self._record()["build"] <= number

    def holds(self, content: str) -> bool:
        """Whether the file at the place is the one that was last put there, and was made from *content*."""
        record, here = self._record(), signature(self.path)
        return here is not None and record["signature"] == list(here) and record["content"] == content

    def is_last(self, number: int) -> bool:
        """Whether build *number* is the last one that has put anything there."""
        return bool(self._record()["build"] == number)

    # -- while the place is locked --------------------------------------------

    def note(self, number: int) -> None:
        """Record that the file in place is also the result of build *number*."""
        record = self._record()
        if record["build"] < number:
            self._write(record["content"], record["signature"], number)

    def put(self, temporary: str | os.PathLike[str], content: str, number: int) -> None:
        """Put the file *temporary*, made from *content*, in place for build *number*."""
        from ..processes import lifeline  # imported here, since most builds put nothing in place

        lifeline.check()  # if the command is gone, this process ends here
        with open(temporary, "rb") as written:
            before = os.fstat(written.fileno())
            # Record the number first: should this process die now, an earlier build must not replace the movie.
            self._write("", None, number)
            os.replace(temporary, self.path)
            self._write(content, self._identity(written, before), number)

    def touch(self, content: str | None) -> None:
        """Set the times of the movie to now; update its record if the movie was made from *content*."""
        with open(self.path, "rb") as movie:
            record, before = self._record(), os.fstat(movie.fileno())
            is_known = record["content"] == content and record["signature"] == list(signature_of(before))
            os.utime(movie.fileno() if os.utime in os.supports_fd else self.path)
            if is_known:
                signed = self._identity(movie, os.fstat(movie.fileno()))
                self._write(record["content"], signed, record["build"])

    def _identity(self, file: IO[bytes], before: os.stat_result) -> list[int] | None:
        """Return the signature of an open *file*; None if it is not in place, or has changed since *before*."""
        try:
            here = os.stat(self.path)
        except OSError:
            return None
        same = (here.st_size, here.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        # While the file is open, its inode number cannot be reused.
        return list(signature_of(here)) if same and os.path.samestat(here, os.fstat(file.fileno())) else None

    # -- the record -------------------------------------------------------------

    def _record(self) -> dict[str, Any]:
        body = records.read(records.place(self._cache, KIND, self._key), self._complain) or {}
        return {"content": "", "signature": None, "build": 0, **body}

    def _write(self, content: str, signed: list[int] | None, number: int) -> None:
        body = {"content": content, "signature": signed, "build": number}
        error = records.write(self._cache, KIND, self._key, body)
        if error is not None and self._complain is not None:
            self._complain(f"{KIND}/{self._key} cannot be written ({error.strerror})")


@contextlib.contextmanager
def _locked(cache: str, name: str) -> Iterator[int | None]:
    """Wait for a lock of the cache and hold it; yield its descriptor, or None if locks do not work there."""
    lock = None
    try:
        with contextlib.suppress(OSError):
            if locks.CAN_LOCK:
                folder = f"{cache}/{LOCKS}"
                os.makedirs(folder, exist_ok=True)
                lock = os.open(f"{folder}/{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o666)
                locks.lock(lock)
        yield lock
    finally:
        if lock is not None:
            os.close(lock)
