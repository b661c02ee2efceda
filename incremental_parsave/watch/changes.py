"""Detection of changes in what a scene reads.

File events only wake the loop; it then compares stats, and contents where needed.
Events alone are not enough: editors save in many ways (they rename a new file over the
old one, or empty a file and write it again), network folders send no events, and the
number of inotify watches is limited.  So the loop also looks at regular intervals.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from ..keys.canonical import Unknown
from ..keys.files import FileDigests, Signature, is_settled, signature
from ..keys.reads import BY_SIGNATURE, NOT_PATHS, Names, Reader, called

_LOOKING = ("opened", "closed_no_write")  # events of processes that only read, such as this one
_REPORTS_CLOSING = sys.platform == "linux"  # inotify reports when a written file is closed
_WRITING = 0.5  # seconds since the last write, after which a file that is still open counts as complete
_HINT = (
    "the system limit of watched folders is reached; checking for changes twice per second instead\n"
    "help: raise it: sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024"
)


class _Waking(FileSystemEventHandler):
    """Wakes the loop, and tracks which files have been written to but not closed yet.

    Attributes
    ----------
    tracked : frozenset of str
        Paths of the files to track.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._written: dict[str, float] = {}  # path: time of the last write
        self.tracked: frozenset[str] = frozenset()

    def on_any_event(self, event: FileSystemEvent) -> None:
        path, kind = os.fsdecode(event.src_path), event.event_type
        if kind == "modified" and path in self.tracked and _REPORTS_CLOSING:
            self._written[path] = time.monotonic()
        elif kind in ("closed", "deleted", "moved"):
            self._written.pop(path, None)
            self._written.pop(os.fsdecode(event.dest_path), None)
        if kind not in _LOOKING:
            self._wake()

    @property
    def is_being_written(self) -> bool:
        """Whether any of the tracked files was written to recently and is still open."""
        since = time.monotonic() - _WRITING  # a chmod may be reported as a modification, which no close follows
        return any(at > since for at in list(self._written.values()))


class _Seen(NamedTuple):
    """The state of one read when it was last looked at."""

    signed: Signature | None
    is_trusted: bool  # whether the same signature implies the same content
    digest: str


class Changes:
    """Tracks everything that a scene reads, and finds what has changed.

    Parameters
    ----------
    root : str
        The project's folder.
    environment : mapping
        The environment variables of the scene process.
    wake : callable
        Called, in another thread, when it is time to `look`.
    warn : callable
        Called once, with a message, if folders cannot be watched.

    Attributes
    ----------
    is_unwatched : bool
        Whether no events arrive, because folders cannot be watched.
    was_touched : bool
        Whether the last look found a file that was written, even with the same content.
    written_at : float
        The latest write time of the files that the last look found changed, in seconds since
        the epoch; 0 if there are none.
    """

    def __init__(
        self, root: str, environment: Mapping[str, str], wake: Callable[[], None], warn: Callable[[str], None]
    ) -> None:
        self._names = Names(root)
        self._reader = Reader(self._names, environment.get, environment.keys, FileDigests())
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._waking, self._warn = _Waking(wake), warn
        self._observer: BaseObserver | None = None
        self._folders: set[str] = set()
        self._made: set[str] = set()
        self.is_unwatched = self.was_touched = False
        self.written_at = 0.0

    def know(
        self, script: str, reads: Iterable[Sequence[Any]], also: Iterable[str] = (), *, is_all: bool = True
    ) -> None:
        """Track what a scene reads.

        Parameters
        ----------
        script : str
        reads : iterable
            Rows of a manifest.  The next look compares reads that were not tracked before with
            these rows, and all others with what the last look found.
        also : iterable of str
            More files to track.
        is_all : bool
            Whether to stop tracking everything else.
        """
        priorities = {(row[0], row[1]): _Seen(None, False, row[2]) for row in reads if row[0] not in NOT_PATHS}
        for read in (("source", self._names.name(script)), *(("file", self._names.name(path)) for path in also)):
            priorities.setdefault(read, self._now(*read))
        others = {} if is_all else self._seen
        self._seen = {**others, **{read: self._seen.get(read, seen) for read, seen in priorities.items()}}
        self._waking.tracked = frozenset(self._names.path(name) for kind, name in self._seen if kind in BY_SIGNATURE)
        self._watch({self._folder_of(*read) for read in priorities})

    @property
    def is_being_written(self) -> bool:
        """Whether a file that the scene reads is being written now, as far as events show."""
        return self._waking.is_being_written

    def look(self) -> list[str]:
        """Return the names of everything that has changed since the last look."""
        changed = set()
        self.was_touched, self.written_at = False, 0.0
        for read, seen in self._seen.items():
            signed = self._signature(*read)
            if seen.is_trusted and signed == seen.signed:
                continue
            now = self._seen[read] = self._now(*read)
            self.was_touched |= seen.signed is not None and now.signed != seen.signed
            if now.digest != seen.digest:
                changed.add(called(*read))
                if signed := self._signature(*read):  # taken again: the file may have been written during the read
                    self.written_at = max(self.written_at, max(signed[-2:]) / 1e9)
        gone = {movie for movie in self._made if not os.path.exists(movie)}
        self._made -= gone
        return sorted(changed | set(map(self._names.name, gone)))

    def ignore(self, movies: Iterable[str]) -> None:
        """Leave *movies* out of folder listings, because builds write them."""
        self._reader.ignore_in_listings(movies)

    def made(self, movies: Iterable[str]) -> None:
        """Track *movies* too: one that is deleted is reported as changed, once."""
        self._made.update(movies)
        self._watch({os.path.dirname(movie) for movie in self._made})

    def close(self) -> None:
        """Stop watching folders."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()

    def _signature(self, kind: str, name: str) -> Signature | None:
        return signature(self._names.path(name)) if kind in BY_SIGNATURE else None

    def _now(self, kind: str, name: str) -> _Seen:
        signed = self._signature(kind, name)
        try:
            digest = self._reader.digest(kind, name)
        except Unknown as unknown:
            return _Seen(signed, False, f"unknown: {unknown}")
        return _Seen(signed, signed is not None and is_settled(signed), digest)

    def _folder_of(self, kind: str, name: str) -> str:
        path = self._names.path(name)
        if kind == "pattern":
            path = path[: min([path.index(c) for c in "*?[" if c in path], default=len(path))]
        return path if kind == "listing" else os.path.dirname(path)

    def _watch(self, folders: set[str]) -> None:
        for folder in sorted(folders - self._folders):
            if os.path.isdir(folder):
                self._folders.add(folder)
                self._watch_folder(folder)

    def _watch_folder(self, folder: str) -> None:
        if self.is_unwatched:
            return
        try:
            if self._observer is None:
                self._observer = Observer()
                self._observer.start()
            self._observer.schedule(self._waking, folder, recursive=False)
        except OSError:  # no watches are left, or the file system does not support them
            self.is_unwatched = True
            self._warn(_HINT)
            with contextlib.suppress(Exception):
                self.close()
            self._observer = None
