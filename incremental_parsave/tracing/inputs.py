"""What the scene process has read so far, in the order in which it was first read."""

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
from ..keys.packages import is_known_by_version, records_of
from ..keys.positions import reads_positions
from ..keys.reads import NOT_PATHS, Names, Read, Reader, called, note_read
from ..keys.sources import source_digest
from . import audit
from .environment import variable, variable_names
from .made import Made
from .opens import Opens, folders_named, strings_of

Reads = list[tuple[str, str, str]]
"""Kinds, names and digests."""

MOVED = "moved"
"""In place of the digest of what is no longer as it was read: equal to no digest."""


class Inputs:
    """The record of one scene process; `sensors` feeds it.

    Parameters
    ----------
    root : str
        The project's folder: paths inside it are kept relative to it, so that
        keys do not depend on where a checkout lies.
    cache : str
        The store, whose files are no inputs.
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
        self._by_others: dict[Read, int] = {}  # and when the process that heard of it had begun, or been woken
        self._set_variables: set[str] = set()
        self._timed: dict[str, None] = {}
        self._started = time.time_ns()
        self._programs: dict[str, None] = {}
        self._elsewhere: set[tuple[str, str, str]] = set()
        self._prefixes = {0: ""}
        self._blind = self._foreign = ""
        self._declared = self._by_positions = False
        self._opens = Opens(self._opened_by_others)

    def watch(self, folders: Iterable[str]) -> None:
        """See what C libraries open in *folders* and below."""
        with audit.own_work():
            for folder in folders:
                self._opens.watch_tree(folder)

    def source_names(self, code: types.CodeType, path: str) -> None:
        """See what C libraries open in the folders that a source names."""
        with audit.own_work():
            self.watch(folders_named(strings_of(code), (os.getcwd(), os.path.dirname(os.path.abspath(path)))))

    def leave_to_parent(self) -> None:
        """Go on as a worker: what is seen from outside, the parent sees."""
        self._opens.leave_to_parent()

    # -- recording --------------------------------------------------------

    def add(self, kind: str, name: str, *, by_others: bool = False) -> None:
        """Note that *name*, a path or else a variable or program, was read.

        Parameters
        ----------
        kind, name : str
            See `keys.reads`.
        by_others : bool
            Seen from outside, by whoever: it may have been another process.
        """
        is_path = kind not in NOT_PATHS
        if is_path and (self.made.is_all_of(name) or self.ignores(name, kind)):
            return
        if kind == "variable" and name in self._set_variables:
            return
        read = (kind, self.names.name(name) if is_path else name)
        if read in self._seen:
            return
        with audit.own_work():
            if kind == "file" and os.path.isdir(name):
                return  # opened for its descriptor
            if kind == "listing":
                self._listings[read] = names_in(name)
            if kind == "variable":
                self._watch_folder_in(variable(name) or "")
            self._seen[read] = signature(name) if kind == "file" else self._reader.digest(*read)
            # A C library may open another file there; that a folder was looked at says nothing of those beside it.
            if kind in ("file", "stat") and not by_others and not os.path.isdir(name):
                self._opens.watch(os.path.dirname(name))
        self._order.append(read)
        if by_others:
            self._by_others[read] = self._started

    def add_source(self, path: str, source: bytes, signed: Signature | None) -> None:
        """Note that Python was compiled from *source*, the bytes of *path* when it had the signature *signed*."""
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
        """Note that of a source its bytes count too, since lines of it are read."""
        read = ("file", name)
        if read not in self._seen:
            self._order.append(read)
        if not isinstance(self._seen.get(read), str):
            self._seen[read] = signed

    def imported(self, path: str) -> None:
        """Note that the code at *path* was imported; with it, what was installed with it, read by whoever."""
        if not is_known_by_version(path):
            self.add("file", path)
        with audit.own_work():  # the lists of what is installed are read
            records = records_of(path)
        for record in records:
            self.add("installed", record)

    def declare(self, patterns: Iterable[str], folder: str) -> None:
        """Note the files that the user says are read; patterns as for `glob`, relative to *folder*."""
        with audit.own_work():
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
        """Note that Python opened a file."""
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
            with audit.own_work(), contextlib.suppress(Unknown):
                self._seen[read] = self._digest_as_read(read)

    def timed(self, path: str) -> None:
        """Note that the times of *path* may have been looked at."""
        if not self.ignores(path) and not path.endswith(".py"):  # which counts by its meaning
            self._timed[path] = None

    def set_variable(self, name: str) -> None:
        """Note that the scene sets an environment variable: from now on it is no input."""
        self._set_variables.add(name)

    def _watch_folder_in(self, value: str) -> None:
        """See what C libraries open in the folder that a variable names, unless the project lies in it."""
        for folder in folders_named([value], (os.getcwd(),)):
            if not (os.getcwd() + os.sep).startswith(folder.rstrip(os.sep) + os.sep):
                self._opens.watch_tree(folder)

    def ignores(self, path: str, kind: str = "") -> bool:
        """Whether *path* is no input: known by a version (but for data that is read there), or the store's."""
        if path.startswith(self._cache):
            return True
        return audit.is_known_otherwise(path) and not (kind in ("file", "installed") and is_known_by_version(path))

    def _opened_by_others(self, path: str) -> None:
        if path not in self.made:
            self.add("file", path, by_others=True)

    def use_programs(self, *names: str) -> None:
        """Note that programs were used; in question 1 they are known by what they make."""
        self._programs.update(dict.fromkeys(names))

    def be_blind(self, why: str) -> None:
        """Note that inputs may be missed because of *why*."""
        self._blind = self._blind or why

    def be_blind_unless_declared(self, why: str) -> None:
        """Note that inputs may be missed because of *why*, unless the user says which there are."""
        self._foreign = self._foreign or why

    @property
    def foreign(self) -> str:
        """Why other programs may have read and written what is not known; empty if none did."""
        return self._foreign

    @property
    def blind(self) -> str:
        """Why inputs may have been missed; empty if none were, as far as is known."""
        return self._blind or self._opens.why_missed() or ("" if self._declared else self._foreign)

    # -- being taken up again -----------------------------------------------

    def pause(self) -> bool:
        """Note how everything stands, before a copy falls asleep; return whether all is as it was read."""
        self._opens.drain()
        self.made.note()
        for read in self._order:
            signed = self._seen[read]
            if self._is_late(read):
                return False
            if isinstance(signed, tuple) and not is_settled(signed):
                self._digest_before_it_is_written(self.names.path(read[1]))
                if self._seen[read] is signed:
                    return False  # it has moved
        return True

    def moved(self, script: str) -> str:
        """Return what the process has read or written and is not as it was; empty if all is.

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
        """Go on in a fork of a process that slept, with another *source* of the script."""
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
        """Return how many things were read so far."""
        self._opens.drain()
        return len(self._order)

    def reads(self, start: int, stop: int) -> Reads:
        """Return kind, name and digest of the reads ``[start, stop)``; raises `Unknown` if one has moved."""
        return [(*read, self._digest_as_read(read)) for read in self._order[start:stop]]

    def own_reads(self, start: int, stop: int) -> Reads:
        """Return those of the `reads` that this process made for certain."""
        own = [read for read in self._order[start:stop] if read not in self._by_others]
        return [(*read, self._digest_as_read(read)) for read in own]

    def unmoved(self, stop: int) -> bool:
        """Whether the files among the reads before *stop* are still those that were read."""
        pairs = ((read, self._seen[read]) for read in self._order[:stop] if read[0] == "file")
        return all(signature(self.names.path(read[1])) == seen for read, seen in pairs)

    def prefix(self, stop: int, sink: Sections | None = None) -> str:
        """Return the digest of all reads before *stop*; to be asked for one mark after another.

        Between two marks their order does not count: what is seen from outside
        is heard of a little late.  The reads are noted in *sink*.
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
            raise Unknown(f"{read[1]} moved while the scene ran")
        return self.digests.of(path)

    def _is_late(self, read: Read) -> bool:
        """Whether it may have been written after it was read: when others have opened it is known only roughly."""
        seen = self._seen[read]
        return read in self._by_others and isinstance(seen, tuple) and max(seen[3:]) > self._by_others[read]

    def still(self, kind: str, name: str, digest: str) -> bool:
        """Whether reading *name* would give *digest* now."""
        try:
            return self._reader.digest(kind, name) == digest
        except Unknown:
            return False

    # -- for the manifest -------------------------------------------------

    def add_elsewhere(self, reads: Iterable[Sequence[str]]) -> None:
        """Note what the process that drew a block read, now or in an earlier build."""
        self._elsewhere.update((kind, name, digest) for kind, name, digest in reads)

    def rows(self) -> list[list[Any]]:
        """Return all that was read, and what the scene changed, as it is now.

        Returns
        -------
        list of list
            Kind, name, digest; the signature of the file, if it can be trusted
            from now on; the digest of its bytes, if it is a source.  The digest of what
            has moved since it was read is `MOVED`, and we are `blind`.
        """
        with audit.own_work():
            self._opens.look_at_held()
            self._opens.drain()
            return [*self._rows()]

    def _rows(self) -> Iterator[list[Any]]:
        yield from (self._row(read) for read in self._order)
        # In question 1 the times that a stat tells do not count, since they differ between two checkouts.
        for path in self._timed:
            if path not in self.made and os.path.isfile(path):
                name = self.names.name(path)
                yield ["times", name, self._told("times", name), None, None]
        known = set(self._order)
        yield from ([*read, None, None] for read in sorted(self._elsewhere) if read[:2] not in known)
        yield from (["program", name, self._told("program", name), None, None] for name in self._programs)

    def _told(self, kind: str, name: str) -> str:
        """Return the digest of what is there now."""
        try:
            return self._reader.digest(kind, name)
        except Unknown as unknown:
            self.be_blind(str(unknown))
            return MOVED

    def _row(self, read: Read) -> list[Any]:
        signed, content = self._sources.get(read, (self._seen[read], None))
        if not isinstance(signed, tuple) or not is_settled(signed):
            signed = None
        try:
            digest = self._digest_as_read(read)
        except Unknown as unknown:
            self.be_blind(str(unknown))
            return [*read, MOVED, None, None]
        if names := self._listings.get(read):
            # Without what the scene has made: the next run is not to be another for that.
            made = self.made.names_in(self.names.path(read[1]))
            digest = listing_digest([name for name in names if name not in made])
        return [*read, digest, signed, content]

    def written(self) -> list[str]:
        """Return the files that the scene has written and left, but for movies that are built from it."""
        with audit.own_work():
            return sorted(path for path in self.made.changed if os.path.isfile(path))

    def changes(self) -> list[str]:
        """Return the names of what the scene has changed."""
        return [self.names.name(path) for path in self.made.changed]
