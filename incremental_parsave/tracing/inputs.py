"""The inputs that the scene process has read so far, in the order of their first read."""

from __future__ import annotations

import contextlib
import glob
import os
import time
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import xxhash

from ..keys.canonical import Digest, Unknown
from ..keys.explain import Lines, Sections
from ..keys.files import FileDigests, Signature, is_settled, listing_digest, names_in, signature
from ..keys.packages import is_tracked_by_record, records_of
from ..keys.positions import reads_positions
from ..keys.reads import NOT_PATHS, Names, Read, Reader, called, note_read
from ..keys.sources import source_digest
from . import audit
from .environment import variable, variable_names
from .made import Made
from .opens import Opens, folders_named, strings_of

Reads = list[tuple[str, str, str]]
"""Kind, name and digest of each read."""

MOVED = "moved"
"""Stands in for the digest of an input that changed after it was read; equal to no digest."""


class Inputs:
    """The recorded inputs of one scene process; `sensors` adds to them.

    Parameters
    ----------
    root : str
        The project's folder.  Paths inside it are stored relative to it, so that
        keys do not depend on where a checkout lies.
    cache : str
        The cache folder, whose files are not inputs.
    known : dict, optional
        Digests of files that an earlier process remembered.

    Attributes
    ----------
    digests : FileDigests
    made : Made
        What the scene has written.
    """

    def __init__(self, root: str, cache: str, known: Mapping[Signature, str] | None = None) -> None:
        self.names = Names(root)
        self.digests = FileDigests(dict(known or {}))
        self._reader = Reader(self.names, variable, variable_names, self.digests)
        self._cache = os.path.realpath(cache) + os.sep
        self.made = Made(root, cache, self.ignores)
        self._order: list[Read] = []
        self._seen: dict[Read, Signature | str | None] = {}
        self._sources: dict[Read, tuple[Signature | None, str]] = {}
        self._statements: dict[Read, Lines] = {}
        self._listings: dict[Read, list[str] | None] = {}
        self._by_others: dict[Read, int] = {}  # with the time when this process started or resumed
        self._set_variables: set[str] = set()
        self._timed: dict[str, None] = {}
        self._started = time.time_ns()
        self._programs: dict[str, None] = {}
        self._worker_reads: set[tuple[str, str, str]] = set()
        self._prefixes = {0: ""}
        self._blind = self._foreign = ""
        self._declared = self._by_positions = False
        self._opens = Opens(self._opened_by_others)

    def watch(self, folders: Iterable[str]) -> None:
        """Watch *folders*, and those below them, for files that C libraries open."""
        with audit.unrecorded():
            for folder in folders:
                self._opens.watch_tree(folder)

    def watch_folders_named_in(self, code: types.CodeType, path: str) -> None:
        """Watch the folders that string constants of *code* name, for files that C libraries open."""
        with audit.unrecorded():
            self.watch(folders_named(strings_of(code), (os.getcwd(), os.path.dirname(os.path.abspath(path)))))

    def leave_to_parent(self) -> None:
        """Stop watching folders, in a forked worker: the parent process watches for both."""
        self._opens.leave_to_parent()

    # -- recording --------------------------------------------------------

    def add(self, kind: str, name: str, *, by_others: bool = False) -> None:
        """Record that *name*, which is a path, a variable or a program, was read.

        Parameters
        ----------
        kind, name : str
            See `keys.reads`.
        by_others : bool
            The read was seen from outside, so another process may have made it.
        """
        is_path = kind not in NOT_PATHS
        if is_path and (self.made.is_all_of(name) or self.ignores(name, kind)):
            return
        if kind == "variable" and name in self._set_variables:
            return
        read = (kind, self.names.name(name) if is_path else name)
        if read in self._seen:
            return
        with audit.unrecorded():
            if kind == "file" and os.path.isdir(name):
                return  # a folder is opened only for its descriptor
            if kind == "listing":
                self._listings[read] = names_in(name)
            if kind == "variable":
                self._watch_folder_in(variable(name) or "")
            self._seen[read] = signature(name) if kind == "file" else self._reader.digest(*read)
            # C libraries may open other files in the same folder.  A read of a folder gives no such hint.
            if kind in ("file", "stat") and not by_others and not os.path.isdir(name):
                self._opens.watch(os.path.dirname(name))
        self._order.append(read)
        if by_others:
            self._by_others[read] = self._started

    def add_source(self, path: str, source: bytes, signed: Signature | None) -> None:
        """Record that Python compiled *source*, the bytes of *path* when its signature was *signed*."""
        read = ("source", self.names.name(path))
        if read not in self._seen:
            statements = self._statements[read] = Lines()
            self._seen[read] = source_digest(source, statements, read[1])
            if read not in self._sources:
                self._order.append(read)
            self._sources[read] = signed, xxhash.xxh3_128_hexdigest(source)
            begins = not self._by_positions and reads_positions(source)
            self._by_positions |= begins
            for each in list(self._sources) if begins else [read] if self._by_positions else []:
                self._add_bytes(each[1], self._sources[each][0])

    def _add_bytes(self, name: str, signed: Signature | None) -> None:
        """Record that the bytes of a source count too, because code reads positions or text of sources."""
        read = ("file", name)
        if read not in self._seen:
            self._order.append(read)
        if not isinstance(self._seen.get(read), str):
            self._seen[read] = signed

    def imported(self, path: str) -> None:
        """Record that *path* was imported, and the RECORD files that cover the other files of its package."""
        if not is_tracked_by_record(path):
            self.add("file", path)
        with audit.unrecorded():  # `records_of` reads RECORD files
            records = records_of(path)
        for record in records:
            self.add("installed", record)

    def declare(self, patterns: Iterable[str], folder: str) -> None:
        """Record the files that the user declared as inputs, by `glob` *patterns* relative to *folder*."""
        with audit.unrecorded():
            for pattern in patterns:
                self._declared = True
                whole = os.path.abspath(os.path.join(folder, os.path.expanduser(pattern)))
                self.add("pattern", whole)
                for path in sorted(glob.glob(whole, recursive=True)):
                    for inside, _, files in (
                        os.walk(path) if os.path.isdir(path) else [(os.path.dirname(path), (), [path])]
                    ):
                        for name in files:
                            self.add("file", os.path.join(inside, name))

    def opened(self, what: audit.Opened) -> None:
        """Record that Python opened a file."""
        if what.reads:
            self.add("file", what.path)
        if what.writes:
            self._digest_before_it_is_written(what.path)
            self.made.touched(what.path)
        if what.begins:
            self.made.began(what.path)

    def _digest_before_it_is_written(self, path: str) -> None:
        read = ("file", self.names.name(path))
        if isinstance(self._seen.get(read), tuple):
            with audit.unrecorded(), contextlib.suppress(Unknown):
                self._seen[read] = self._digest_as_read(read)

    def timed(self, path: str) -> None:
        """Note that the scene may have looked at the times of *path*."""
        if not self.ignores(path) and not path.endswith(".py"):  # a source counts by its meaning
            self._timed[path] = None

    def set_variable(self, name: str) -> None:
        """Note that the scene set an environment variable: later reads of it are not inputs."""
        self._set_variables.add(name)

    def _watch_folder_in(self, value: str) -> None:
        """Watch the folder that the value of a variable names, unless the working folder lies in it."""
        for folder in folders_named([value], (os.getcwd(),)):
            if not (os.getcwd() + os.sep).startswith(folder.rstrip(os.sep) + os.sep):
                self._opens.watch_tree(folder)

    def ignores(self, path: str, kind: str = "") -> bool:
        """Whether *path* is not an input: it is in the cache, or a version identifies it and it is not data."""
        if path.startswith(self._cache):
            return True
        return audit.is_identified_by_version(path) and not (
            kind in ("file", "installed") and is_tracked_by_record(path)
        )

    def _opened_by_others(self, path: str) -> None:
        if path not in self.made:
            self.add("file", path, by_others=True)

    def use_programs(self, *names: str) -> None:
        """Note that programs were used; question 1 identifies them by their output."""
        self._programs.update(dict.fromkeys(names))

    def mark_untracked(self, why: str) -> None:
        """Note that some inputs may be untracked, because of *why*."""
        self._blind = self._blind or why

    def mark_untracked_unless_declared(self, why: str) -> None:
        """Note that some inputs may be untracked, because of *why*, unless the user declares them."""
        self._foreign = self._foreign or why

    @property
    def foreign(self) -> str:
        """Why other programs may have read or written untracked files; empty if none did."""
        return self._foreign

    @property
    def untracked(self) -> str:
        """Why some inputs may be untracked; empty if there is no known reason."""
        return self._blind or self._opens.why_missed() or ("" if self._declared else self._foreign)

    # -- sleeping and resuming ----------------------------------------------

    def pause(self) -> bool:
        """Note the current state before a copy goes to sleep; return whether all inputs are as they were read."""
        self._opens.drain()
        self.made.note()
        for read in self._order:
            signed = self._seen[read]
            if self._is_late(read):
                return False
            if isinstance(signed, tuple) and not is_settled(signed):
                self._digest_before_it_is_written(self.names.path(read[1]))
                if self._seen[read] is signed:
                    return False  # it has changed
        return True

    def moved(self, script: str) -> str:
        """Return the name of an input or output that has changed since the last `pause`; empty if none has.

        The *script* itself is left out: its statements are compared one by one.
        """
        own = ("source", self.names.name(script))
        for read in self._order:
            if read == own:
                continue
            if self._sources.get(read, (self._seen[read],))[0] != signature(self.names.path(read[1])) and not (
                isinstance(self._seen[read], str) and self.still(*read, str(self._seen[read]))
            ):
                return called(*read)
        return self.made.moved()

    def go_on(self, script: str, source: bytes, signed: Signature | None) -> None:
        """Resume, in a fork of a sleeping process, with a new *source* of the script."""
        self._opens.renew()
        self._started = time.time_ns()
        self._seen.pop(("source", self.names.name(script)), None)
        self.add_source(script, source, signed)
        stops, self._prefixes = sorted(self._prefixes), {0: ""}
        for stop in stops:
            with contextlib.suppress(Unknown):
                self.prefix(stop)

    # -- asking -----------------------------------------------------------

    def mark(self) -> int:
        """Return the number of reads so far."""
        self._opens.drain()
        return len(self._order)

    def reads(self, start: int, stop: int) -> Reads:
        """Return the reads ``[start, stop)``; raise `Unknown` if one has changed since it was read."""
        return [(*read, self._digest_as_read(read)) for read in self._order[start:stop]]

    def own_reads(self, start: int, stop: int) -> Reads:
        """Return the `reads` that this process is known to have made itself."""
        own = [read for read in self._order[start:stop] if read not in self._by_others]
        return [(*read, self._digest_as_read(read)) for read in own]

    def unmoved(self, stop: int) -> bool:
        """Whether the files among the reads before *stop* still have the signatures they were read with."""
        pairs = ((read, self._seen[read]) for read in self._order[:stop] if read[0] == "file")
        return all(signature(self.names.path(read[1])) == seen for read, seen in pairs)

    def prefix(self, stop: int, sink: Sections | None = None) -> str:
        """Return the digest of all reads before the mark *stop*; note the reads in *sink*.

        Call this with increasing marks.  The order of reads between two marks does
        not count: inotify reports a little late.
        """
        if stop not in self._prefixes:
            last = max(self._prefixes)
            digest = Digest("reads").add("before", self._prefixes[last])
            for kind, name, content in sorted(self.reads(last, stop)):
                digest.add(kind, name).add("content", content)
                if sink is not None and kind == "source":
                    sink.sources.update(self._statements[kind, name])
                elif sink is not None:
                    note_read(sink.reads, kind, name, content)
            self._prefixes[stop] = digest.hexdigest()
        return self._prefixes[stop]

    def _digest_as_read(self, read: Read) -> str:
        seen = self._seen[read]
        if isinstance(seen, str):
            return seen
        path = self.names.path(read[1])
        if self._is_late(read) or signature(path) != seen:
            raise Unknown(f"{read[1]} changed while the script ran")
        return self.digests.of(path)

    def _is_late(self, read: Read) -> bool:
        """Whether a file may have changed after others opened it: the time at which they did is known only roughly."""
        seen = self._seen[read]
        return read in self._by_others and isinstance(seen, tuple) and max(seen[3:]) > self._by_others[read]

    def still(self, kind: str, name: str, digest: str) -> bool:
        """Whether reading *name* would give *digest* now."""
        try:
            return self._reader.digest(kind, name) == digest
        except Unknown:
            return False

    # -- for the manifest -------------------------------------------------

    def add_worker_reads(self, reads: Iterable[Sequence[str]]) -> None:
        """Record what the process that drew a block read, in this build or an earlier one."""
        self._worker_reads.update((kind, name, digest) for kind, name, digest in reads)

    def rows(self) -> list[list[Any]]:
        """Return one row for each read.

        Returns
        -------
        list of list
            Kind, name, digest; the signature of the file, if it can be trusted
            from now on; the digest of its bytes, if it is a source.  An input that
            changed after it was read has the digest `MOVED`, and sets `untracked`.
        """
        with audit.unrecorded():
            self._opens.look_at_held()
            self._opens.drain()
            return [*self._rows()]

    def _rows(self) -> Iterator[list[Any]]:
        yield from (self._row(read) for read in self._order)
        # Question 1 leaves out the times that a stat returns, since they differ between two checkouts.
        for path in self._timed:
            if path not in self.made and os.path.isfile(path):
                name = self.names.name(path)
                yield ["times", name, self._current_digest("times", name), None, None]
        known = set(self._order)
        yield from ([*read, None, None] for read in sorted(self._worker_reads) if read[:2] not in known)
        yield from (["program", name, self._current_digest("program", name), None, None] for name in self._programs)

    def _current_digest(self, kind: str, name: str) -> str:
        """Return the current digest; `MOVED` if it cannot be determined."""
        try:
            return self._reader.digest(kind, name)
        except Unknown as unknown:
            self.mark_untracked(str(unknown))
            return MOVED

    def _row(self, read: Read) -> list[Any]:
        signed, content = self._sources.get(read, (self._seen[read], None))
        if not isinstance(signed, tuple) or not is_settled(signed):
            signed = None
        try:
            digest = self._digest_as_read(read)
        except Unknown as unknown:
            self.mark_untracked(str(unknown))
            return [*read, MOVED, None, None]
        if names := self._listings.get(read):
            # Leave out what the scene made, or each run would differ from the one before it.
            made = self.made.names_in(self.names.path(read[1]))
            digest = listing_digest([name for name in names if name not in made])
        return [*read, digest, signed, content]

    def written(self) -> list[str]:
        """Return the files that the scene wrote and did not remove, except movies that we built."""
        with audit.unrecorded():
            return sorted(path for path in self.made.changed if os.path.isfile(path))

    def changes(self) -> list[str]:
        """Return the names of all that the scene has changed."""
        return [self.names.name(path) for path in self.made.changed]
