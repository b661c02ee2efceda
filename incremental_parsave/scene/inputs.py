"""What the scene process has read so far, in the order in which it was first read."""

from __future__ import annotations

import contextlib
import importlib.machinery
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..keys.canonical import Digest, Unknown
from ..keys.files import FileDigests, Signature, listing_digest, signature, stat_digest
from ..keys.sources import source_digest
from . import audit
from .standard_input import watching_input

UNSET = "unset"
_HOME = os.path.expanduser("~")


class Read(NamedTuple):
    """One thing that was read.

    Attributes
    ----------
    kind : {"source", "file", "listing", "stat", "variable"}
    name : str
        A path, relative to the project where it lies inside; or a variable.
    """

    kind: str
    name: str


class Inputs:
    """The record of one scene process.

    Parameters
    ----------
    root : Path
        The project's folder: paths inside it are kept relative to it, so that
        keys do not depend on where a checkout lies.
    cache : Path
        The store, whose files are no inputs.

    Attributes
    ----------
    blind : str
        Why inputs may have been missed; empty if none were, as far as is known.
    """

    def __init__(self, root: Path, cache: Path) -> None:
        self._root = str(root.resolve())
        self._cache = str(cache.resolve()) + os.sep
        self._order: list[Read] = []
        self._seen: dict[Read, Signature | str | None] = {}
        self._written: set[str] = set()
        self._files = FileDigests()
        self._chain: list[str] = []
        self.blind = ""

    # -- recording --------------------------------------------------------

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Record what is read within."""
        get_code = importlib.machinery.SourceFileLoader.get_code
        environ = type(os.environ)

        def get_code_of_read_bytes(loader: Any, fullname: str) -> Any:
            path = loader.get_filename(fullname)
            if audit.is_library(os.path.abspath(path)):
                return get_code(loader, fullname)
            # Compiled from the very bytes that are digested: a .pyc may be stale.
            source = loader.get_data(path)
            self.add_source(path, source)
            return loader.source_to_code(source, path)

        importlib.machinery.SourceFileLoader.get_code = get_code_of_read_bytes  # type: ignore[method-assign, assignment]
        os.environ.__class__ = _recording_environ(self)
        try:
            with audit.listening(self._heard), watching_input(self._asked), self._recording_stats():
                yield
        finally:
            os.environ.__class__ = environ
            importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]

    @contextlib.contextmanager
    def _recording_stats(self) -> Iterator[None]:
        """Record which files are looked for within; that raises no audit event."""
        originals = {name: getattr(os, name) for name in ("stat", "lstat", "access")}

        def recorded(original: Callable[..., Any]) -> Callable[..., Any]:
            def look(path: Any, *args: Any, **kwargs: Any) -> Any:
                by_realpath = sys._getframe(1).f_code.co_name in ("realpath", "_joinrealpath")
                if isinstance(path, str | bytes | os.PathLike) and not audit.is_own_work() and not by_realpath:
                    self._looked_for(os.path.abspath(os.fsdecode(path)))
                return original(path, *args, **kwargs)

            return look

        for name, original in originals.items():
            setattr(os, name, recorded(original))
        try:
            yield
        finally:
            for name, original in originals.items():
                setattr(os, name, original)

    def _looked_for(self, path: str) -> None:
        if path not in self._written and not self._ignored(path):
            with audit.own_work():
                self._add(Read("stat", self._name(path)), stat_digest(path))

    def add_source(self, path: str, source: bytes) -> None:
        """Note that Python source was compiled from the bytes *source*."""
        self._add(Read("source", self._name(path)), source_digest(source))

    def _add(self, read: Read, seen: Signature | str | None) -> None:
        if read not in self._seen:
            self._seen[read] = seen
            self._order.append(read)

    def _name(self, path: str) -> str:
        """Return *path* as it is kept: relative to the project, or to the home folder, where it lies inside."""
        path = os.path.abspath(path)
        if path.startswith(self._root + os.sep):
            return os.path.relpath(path, self._root)
        return "~" + path[len(_HOME) :] if path.startswith(_HOME + os.sep) else path

    def _path(self, name: str) -> str:
        if name.startswith("~" + os.sep):
            return _HOME + name[1:]
        return os.path.normpath(os.path.join(self._root, name))

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if event in audit.INPUT:
            self._asked()
        elif event == "open":
            opened = audit.opened_path(args)
            if opened is None:
                return
            path, writes = opened
            if writes:
                self._written.add(path)
            elif not self._ignored(path) and path not in self._written:
                self._add(Read("file", self._name(path)), signature(path))
        elif event in audit.READS:
            path = os.path.abspath(os.fsdecode(args[0])) if args and isinstance(args[0], str | bytes) else os.getcwd()
            if not self._ignored(path):
                with audit.own_work():
                    self._add(Read("listing", self._name(path)), listing_digest(path))
        elif (event in audit.PROCESSES or event in audit.SOCKETS) and not audit.asked_by(
            f"{os.sep}matplotlib{os.sep}__init__.py",
            "font_manager.py",
            "texmanager.py",
            "dviread.py",
            within=8,
        ):
            self.blind = self.blind or f"the scene used {event}"

    def _asked(self) -> None:
        self.blind = self.blind or "the scene read its standard input"

    def _ignored(self, path: str) -> bool:
        return (
            audit.is_library(path)
            or path.startswith(self._cache)
            or audit.asked_by("<frozen importlib", "linecache.py", within=2)
        )

    # -- asking -----------------------------------------------------------

    def mark(self) -> int:
        """Return how many things were read so far."""
        return len(self._order)

    def reads(self, start: int, stop: int) -> list[tuple[str, str, str]]:
        """Return kind, name and digest of the reads ``[start, stop)``.

        Raises
        ------
        Unknown
            If one of them has no digest, or has moved since it was read.
        """
        return [(*read, self._digest_as_read(read)) for read in self._order[start:stop]]

    def unmoved(self, start: int, stop: int) -> bool:
        """Whether the files among the reads ``[start, stop)`` are still those that were read."""
        pairs = ((read, self._seen[read]) for read in self._order[start:stop] if read.kind == "file")
        return all(signature(self._path(read.name)) == seen for read, seen in pairs)

    def prefix(self, stop: int) -> str:
        """Return the digest of all reads before *stop*."""
        while len(self._chain) < stop:
            read = self._order[len(self._chain)]
            digest = Digest("reads").add("before", self._chain[-1] if self._chain else "")
            digest.add(read.kind, read.name).add("content", self._digest_as_read(read))
            self._chain.append(digest.hexdigest())
        return self._chain[stop - 1] if stop else ""

    def _digest_as_read(self, read: Read) -> str:
        seen = self._seen[read]
        if isinstance(seen, str):
            return seen
        path = self._path(read.name)
        if signature(path) != seen:
            raise Unknown(f"{read.name} moved while the scene ran")
        return self._files.of(path)

    def digest_now(self, kind: str, name: str) -> str:
        """Return the digest that reading *name* would give now."""
        if kind == "variable":
            return variable_digest(name)
        path = self._path(name)
        if kind == "listing":
            return listing_digest(path)
        if kind == "stat":
            return stat_digest(path)
        if kind == "source":
            try:
                return source_digest(Path(path).read_bytes())
            except OSError:
                return "absent"
        return self._files.of(path)


def variable_digest(name: str) -> str:
    """Return the digest of an environment variable's value, without recording that it is read."""
    value = os.environ._data.get(os.environ.encodekey(name))  # type: ignore[attr-defined]
    return UNSET if value is None else Digest("variable").add("value", os.fsencode(value)).hexdigest()


def _recording_environ(inputs: Inputs) -> type:
    """Return a class for ``os.environ`` that notes which variables are read."""

    class RecordingEnviron(type(os.environ)):  # type: ignore[misc]
        def __getitem__(self, key: str) -> str:
            if isinstance(key, str) and not audit.is_own_work() and not audit.asked_by("<frozen importlib", within=1):
                inputs._add(Read("variable", key), variable_digest(key))
            return super().__getitem__(key)  # type: ignore[no-any-return]

    return RecordingEnviron


def is_local_module(name: str) -> bool:
    """Whether the module *name* is the user's own code."""
    if name == "__main__":
        return True
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is not None and not audit.is_library(os.path.abspath(file))
