"""What has changed of what a scene reads: folders are watched to wake up, and a sweep of stats is the truth.

Editors save in many ways (a new file renamed over the old one, a file emptied and
written again), network folders tell nothing, and inotify has limits.  So an event
only has us look, and we look now and then without any.
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

_LOOKING = ("opened", "closed_no_write")  # of those that only read, ourselves among them
_CLOSING_IS_TOLD = sys.platform == "linux"  # by inotify
_WRITING = 0.5  # seconds after which we no longer wait for a file to be written to again, or closed
_HINT = (
    "the system limit of watched folders is reached; checking for changes twice per second instead\n"
    "help: raise it: sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024"
)


class _Waking(FileSystemEventHandler):
    """Wakes the loop, and knows which files somebody writes and has not closed yet.

    Attributes
    ----------
    heeded : frozenset of str
        Paths; of others it does not matter whether they are being written.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._written: dict[str, float] = {}  # and when it was written to last
        self.heeded: frozenset[str] = frozenset()

    def on_any_event(self, event: FileSystemEvent) -> None:
        path, kind = os.fsdecode(event.src_path), event.event_type
        if kind == "modified" and path in self.heeded and _CLOSING_IS_TOLD:
            self._written[path] = time.monotonic()
        elif kind in ("closed", "deleted", "moved"):
            self._written.pop(path, None)
            self._written.pop(os.fsdecode(event.dest_path), None)
        if kind not in _LOOKING:
            self._wake()

    @property
    def is_being_written(self) -> bool:
        """Whether one of those that are heeded was written lately and is still open."""
        since = time.monotonic() - _WRITING  # a chmod may be told as a modification, and nothing is closed then
        return any(at > since for at in list(self._written.values()))


class _Seen(NamedTuple):
    """How something was when it was last looked at."""

    signed: Signature | None
    is_trusted: bool  # whether it is the same as long as its signature is
    digest: str


class Changes:
    """Knows what a scene reads, and whether it is as it was.

    Parameters
    ----------
    root : str
        The project's folder.
    environment : mapping
        The variables of the scene process.
    wake : callable
        Called, in another thread, when it is time to `look`.
    warn : callable
        Told once if folders cannot be watched.

    Attributes
    ----------
    is_blind : bool
        Whether nobody wakes us.
    was_touched : bool
        Whether the last look found a file written, whatever it holds now.
    written_at : float
        When the youngest of the files was written that the last look found changed, in seconds
        since the epoch; 0 if there is none.
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
        self.is_blind = self.was_touched = False
        self.written_at = 0.0

    def know(
        self, script: str, reads: Iterable[Sequence[Any]], also: Iterable[str] = (), *, is_all: bool = True
    ) -> None:
        """Look after what a scene reads.

        Parameters
        ----------
        script : str
        reads : iterable
            Rows of a manifest.  What is not known yet is compared with these; the rest with
            what the last look found.
        also : iterable of str
            More files.
        is_all : bool
            Whether what else was read so far does not matter any more.
        """
        wanted = {(row[0], row[1]): _Seen(None, False, row[2]) for row in reads if row[0] not in NOT_PATHS}
        for read in (("source", self._names.name(script)), *(("file", self._names.name(path)) for path in also)):
            wanted.setdefault(read, self._now(*read))
        others = {} if is_all else self._seen
        self._seen = {**others, **{read: self._seen.get(read, seen) for read, seen in wanted.items()}}
        self._waking.heeded = frozenset(self._names.path(name) for kind, name in self._seen if kind in BY_SIGNATURE)
        self._watch({self._folder_of(*read) for read in wanted})

    @property
    def is_being_written(self) -> bool:
        """Whether something that the scene reads is written just now, as far as one can know."""
        return self._waking.is_being_written

    def look(self) -> list[str]:
        """Return the names of what has changed since the last look."""
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
                if signed := self._signature(*read):  # once more: it may have been written while we read it
                    self.written_at = max(self.written_at, max(signed[-2:]) / 1e9)
        gone = {movie for movie in self._made if not os.path.exists(movie)}
        self._made -= gone
        return sorted(changed | set(map(self._names.name, gone)))

    def ignore(self, movies: Iterable[str]) -> None:
        """Leave *movies* out of listings: they are ours."""
        self._reader.ignore_in_listings(movies)

    def made(self, movies: Iterable[str]) -> None:
        """Look after *movies*, too: one that is deleted by hand counts as changed, once."""
        self._made.update(movies)
        self._watch({os.path.dirname(movie) for movie in self._made})

    def close(self) -> None:
        """Watch no more."""
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
        if self.is_blind:
            return
        try:
            if self._observer is None:
                self._observer = Observer()
                self._observer.start()
            self._observer.schedule(self._waking, folder, recursive=False)
        except OSError:  # no more watches, or none for this file system
            self.is_blind = True
            self._warn(_HINT)
            with contextlib.suppress(Exception):
                self.close()
            self._observer = None
