"""Where movies belong: which build has the last word there, and which file it has put there.

Each build takes a number when it begins, before it reads anything.  Whoever puts a movie in place
holds the lock of that place, and leaves its number there before the file is renamed: a build of a smaller
number puts nothing there any more.  So of two builds the one that began later prevails, whichever is
done first, and whatever is paused or killed between two steps.

A movie is known by the file that was written, whose descriptor is open, never by what is found at its
path later.  A lock belongs to an open file, so the system lets go of it when the process ends.
Where a store has no locks, or cannot be written, builds are not ordered; all else holds.
"""

from __future__ import annotations

import contextlib
import os
import time

from ..keys.files import place_digest, signature, signature_of
from ..processes import locks
from . import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, Any

KIND = "movies"
LOCKS = "locks"
"""A folder of the store, for files that hold nothing, but for the last number."""
_DIGITS = 32


def begin(cache: str) -> int:
    """Return the number of the build that begins now: greater than those of all that began before."""
    now = time.time_ns()  # so it goes on when the store is removed, and orders builds that have other stores
    if not os.path.isdir(cache):
        return now
    with _locked(cache, "number") as lock:
        if lock is None:
            return now
        with contextlib.suppress(OSError, ValueError):
            now = max(now, int(os.pread(lock, _DIGITS, 0) or b"0") + 1)  # the clock may have been put back
        with contextlib.suppress(OSError):
            os.pwrite(lock, b"%*d" % (_DIGITS, now), 0)
    return now


class Place:
    """Where one movie belongs, in the view of one store.

    Parameters
    ----------
    cache : str
        The store.
    path : str
    complain : callable, optional
        Told what is there instead of a record, and why it cannot be written.
    """

    def __init__(self, cache: str, path: str, complain: Callable[[str], object] | None = None) -> None:
        self.path, self._complain = os.path.realpath(path), complain
        self._cache, self._key = cache, place_digest(path)

    @contextlib.contextmanager
    def held(self, number: int) -> Iterator[bool]:
        """Hold the place; yield whether build *number* may put its movie there: none that began later has."""
        with _locked(self._cache, self._key):
            yield self._record()["build"] <= number

    def holds(self, content: str) -> bool:
        """Whether the very file is there that was put there last, and made of *content*."""
        record, here = self._record(), signature(self.path)
        return here is not None and record["signature"] == list(here) and record["content"] == content

    def is_last(self, number: int) -> bool:
        """Whether no build but *number* has put anything there since it did."""
        return bool(self._record()["build"] == number)

    # -- while it is held -----------------------------------------------------

    def note(self, number: int) -> None:
        """Note that what is there is as build *number* would have it."""
        record = self._record()
        if record["build"] < number:
            self._write(record["content"], record["signature"], number)

    def put(self, temporary: str | os.PathLike[str], content: str, number: int) -> None:
        """Put the file *temporary*, made of *content*, in place for build *number*."""
        from ..processes import lifeline  # here, since most builds put nothing in place

        lifeline.check()  # nobody waits for it
        with open(temporary, "rb") as written:
            before = os.fstat(written.fileno())
            self._write("", None, number)  # first, or a build that began earlier could follow if this one dies now
            os.replace(temporary, self.path)
            self._write(content, self._identity(written, before), number)

    def touch(self, content: str | None) -> None:
        """Make the movie as young as if it were written now; one that is made of *content* is known by that."""
        with open(self.path, "rb") as movie:
            record, before = self._record(), os.fstat(movie.fileno())
            is_known = record["content"] == content and record["signature"] == list(signature_of(before))
            os.utime(movie.fileno() if os.utime in os.supports_fd else self.path)
            if is_known:
                signed = self._identity(movie, os.fstat(movie.fileno()))
                self._write(record["content"], signed, record["build"])

    def _identity(self, file: IO[bytes], before: os.stat_result) -> list[int] | None:
        """Return the signature of an open *file* that is in place; None if it is not, or was written to since."""
        try:
            here = os.stat(self.path)
        except OSError:
            return None
        same = (here.st_size, here.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        # While it is open, its inode is nobody else's.
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
    """Hold a lock of the store, waiting for it; yield its descriptor, None where there are no locks."""
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
