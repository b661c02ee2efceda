"""Question 0: has anything changed that the last run of a scene read?  Answered without running the scene.

The manifest of a run lists everything that its process read and changed, from
start to end, and how each movie was joined from segments.  Files are compared
by stat first, and by content only if their stat differs.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from ..keys.canonical import Digest, Unknown
from ..keys.files import FileDigests, is_settled, signature
from ..keys.reads import BY_SIGNATURE, Names, Reader, called, is_installed
from ..keys.surroundings import shown, surroundings
from ..options import OPTIONS
from ..spans import from_here
from . import records
from .places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..protocol.events import Ran
    from ..protocol.messages import Config

KIND = "manifests"
_NOT_IN_KEY = frozenset(
    {option.name for option in OPTIONS.values() if not option.decides}
    | {"events", "lifeline", "terminal", "force", "dry", "cache", "root", "script", "near", "changed", "number"}
)
"""Entries of the configuration that do not affect the result of a run, or that enter the key in another way."""


class Manifest:
    """The manifest of the last run of a scene, if there is one.

    Parameters
    ----------
    config : Config
    environment : mapping
        The environment variables of a scene process.

    Attributes
    ----------
    file : str
        Path of the manifest.
    script : str
        Name of the script among the reads.
    damaged : str
        Why the manifest cannot be used; empty if it can, or if there is none.
    """

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        self._cache, self._number = config["cache"], config.get("number", 0)
        self._names = Names(config["root"])
        self._reader = Reader(self._names, environment.get, environment.keys, FileDigests())
        digest = Digest("run").add("format", records.FORMAT)
        digest.add("root", os.path.realpath(config["root"]))
        self.script = self._names.name(config["script"])
        digest.add("script", self.script).add("from", self._names.name(os.getcwd()))
        for folder in sys.path[1:]:  # the first entry belongs to the command, not to the scene
            digest.add("import from", self._names.name(folder))
        settings: Mapping[str, object] = config
        for name in sorted(settings.keys() - _NOT_IN_KEY):
            digest.add(name, repr(settings[name]))
        for name in sorted(environment):
            if name.startswith("PYTHON"):
                digest.add(name, environment[name])
        self._key = digest.hexdigest()
        self.file = records.place(self._cache, KIND, self._key)
        self.damaged = ""
        self._refreshed = False
        self._body = records.read(self.file, self._complain)

    def _complain(self, entry: str) -> None:
        self.damaged = entry

    # -- comparing with the present ---------------------------------------

    def changed(self) -> str | None:
        """Return what has changed since the run; None if nothing has, or "" if there is no manifest.

        If a file has a new stat but the same content, the manifest adopts the new
        stat; `refresh` saves it.
        """
        if self._body is None:
            return ""
        if self._body["around"] != surroundings():
            return _first_difference(self._body["around"], surroundings())
        self._ignore_outputs(self._body["targets"], self._body["changes"])
        refreshed = False
        for row in self._body["reads"]:
            now = self._same(row)
            if now is None:
                return f"{called(row[0], row[1])} changed"
            refreshed |= now
        for name, digest in self._body["changes"]:
            if self._digest("file", name) != digest:
                return f"{name}, an output of the scene, changed"
        self._refreshed = refreshed
        return None

    def _ignore_outputs(self, targets: list[dict[str, Any]], changes: list[list[str]]) -> None:
        self._reader.ignore_in_listings(self._names.path(target["place"]) for target in targets)
        self._reader.ignore_in_listings(self._names.path(name) for name, _ in changes)

    def _same(self, row: list[Any]) -> bool | None:
        """Compare one read with the present; if only the stat of a file differs, adopt the new one.

        Returns
        -------
        bool or None
            None if the read has changed.  Otherwise, whether *row* was given a new signature.
        """
        kind, name, digest, signed, content = row
        if kind not in BY_SIGNATURE:
            return False if self._digest(kind, name) == digest else None
        path = self._names.path(name)
        now = signature(path)
        if signed is not None and now == tuple(signed):
            return False
        same = (content is not None and self._digest("file", name) == content) or self._digest(kind, name) == digest
        if not same:
            return None
        row[3] = list(now) if now is not None and is_settled(now) else None
        return row[3] is not None

    def _digest(self, kind: str, name: str) -> str:
        try:
            return self._reader.digest(kind, name)
        except Unknown:
            return "unknown"

    @property
    def targets(self) -> list[dict[str, Any]]:
        """The movies that the run saved."""
        assert self._body is not None
        return list(self._body["targets"])

    @property
    def when(self) -> float:
        """When the run ended, in seconds since the epoch."""
        assert self._body is not None
        return float(self._body["when"])

    def dependencies(self) -> tuple[list[str], list[str]]:
        """Return the movies, as the scene names them, and the files that the run read or whose existence it checked.

        Files of installed packages are left out, as a compiler leaves out the system's headers.
        """
        assert self._body is not None
        kinds = ("source", "file", "stat")
        reads = [name for kind, name, *_ in self._body["reads"] if kind in kinds and not is_installed(name)]
        files = {self._names.path(name) for name in reads}
        movies = [from_here(path, os.getcwd()) for path in self.files]
        for target in self._body["targets"]:
            as_named = os.path.abspath(target["output"]) == self.path(target)  # not if the scene changed its folder
            movies.append(target["output"] if as_named else self.path(target))
        here = os.getcwd() + os.sep
        return movies, [path.removeprefix(here) for path in sorted(files) if os.path.isfile(path)]

    @property
    def files(self) -> list[str]:
        """The files that a script without animations has written and left behind."""
        assert self._body is not None
        if self._body["targets"]:
            return []
        return sorted(path for name, _ in self._body["changes"] if os.path.isfile(path := self._names.path(name)))

    def path(self, target: dict[str, Any]) -> str:
        """Return the path of the movie of *target*."""
        return self._names.path(target["place"])

    def is_in_place(self, target: dict[str, Any]) -> bool:
        """Whether the movie of *target* is still the file that was last joined there from these segments."""
        if target["recipe"] is None or target["superseded"]:
            # Written by a matplotlib writer, or moved or replaced by the scene: checked by `changed`, or
            # together with the movie that replaced it.
            return True
        return self._place(target).holds(target["content"])

    def confirm(self, target: dict[str, Any]) -> bool:
        """Return whether the movie `is_in_place`; if so, keep builds that began before this one from replacing it."""
        assert self._body is not None
        is_whole = target["recipe"] is None
        place = self._place(target)
        with place.held(self._number):
            if is_whole:  # compare again: `changed` compared it before the place was locked
                there = [target["place"], self._digest("file", target["place"])]
                found = there in self._body["changes"]
            else:
                found = self.is_in_place(target)
            if found and (is_whole or not target["superseded"]):
                place.note(self._number)
            return found

    def _place(self, target: dict[str, Any]) -> Place:
        return Place(self._cache, self.path(target))

    def touch(self) -> None:
        """Make the movies newer than their dependencies, as make and ninja expect of targets that are up to date."""
        for path in self.files:
            os.utime(path)
        for target in self.targets:
            if not target["superseded"]:
                place = self._place(target)
                with place.held(self._number):
                    place.touch(target["content"] if target["recipe"] is not None else None)

    # -- saving -----------------------------------------------------------

    def refresh(self) -> None:
        """Save the new stats of files whose content is the same."""
        if self._refreshed and self._body is not None:
            records.write(self._cache, KIND, self._key, self._body)

    def take(self, ran: Ran) -> str:
        """Fill the manifest from the report of a finished scene process.

        Returns
        -------
        str
            Why the manifest must not be saved; empty if it may be.
        """
        changes = [[name, self._digest("file", name)] for name in sorted(ran["changes"])]
        targets = [{**target, "place": self._names.name(target["path"])} for target in ran["targets"]]
        changed = {name for name, _ in changes}
        for n, target in enumerate(targets):
            # True if the scene has moved this movie, or has saved another one over it.
            later = (other["place"] for other in targets[n + 1 :])
            target["superseded"] = target["place"] in changed or target["place"] in later
        self._body = {
            "when": time.time(),
            "around": ran["around"],
            "reads": ran["reads"],
            "changes": changes,
            "targets": targets,
        }
        return str(ran["untracked"]) or self._replaced() or self._changed_input()

    def _replaced(self) -> str:
        """Return which movie, known only by its bytes, another build may have written; empty if none."""
        for target in self.targets:
            if target["recipe"] is None and not self._place(target).is_last(self._number):
                return f"another build has replaced {target['output']}"
        return ""

    def _changed_input(self) -> str:
        """Return which input changed after it was read; empty if none did."""
        assert self._body is not None
        if self._body["around"] != surroundings():
            return "packages were installed during the build"
        self._ignore_outputs(self._body["targets"], self._body["changes"])
        for row in self._body["reads"]:
            if self._same(row) is None:
                return f"{called(row[0], row[1])} changed during the build"
        return ""

    def keep(self, warn: Callable[[str], None]) -> None:
        """Write the manifest; call *warn* if that fails."""
        from pathlib import Path

        from .store import Store

        assert self._body is not None
        Store(Path(self._cache), warn).write(KIND, self._key, self._body)


def _first_difference(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    name = min(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    return f"{shown(name)} {before.get(name, 'none')} -> {now.get(name, 'none')}"
