"""Question 0, whether anything has changed that a run of a scene read: asked without running it.

The manifest of a run holds all that its process read and changed from its
first moment to its last, and how each movie was put together.  Stat first;
where a stat differs, the content.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from ..keys.canonical import Digest, Unknown
from ..keys.files import FileDigests, is_settled, signature
from ..keys.reads import BY_SIGNATURE, Names, Reader, called, is_installed
from ..keys.surroundings import surroundings
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
_ANY_BUILD = frozenset(
    {option.name for option in OPTIONS.values() if not option.decides}
    | {"events", "lifeline", "terminal", "force", "dry", "cache", "root", "script", "near", "changed", "number"}
)
"""Of the configuration, what does not decide what a run makes, or is told apart otherwise."""


class Manifest:
    """What one run of a scene read, if it is known.

    Parameters
    ----------
    config : Config
    environment : mapping
        The variables that a scene process is given.

    Attributes
    ----------
    file : str
        Where it is kept.
    damaged : str
        What is there instead of a manifest; empty if there is one, or nothing.
    """

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        self._cache, self._number = config["cache"], config.get("number", 0)
        self._names = Names(config["root"])
        self._reader = Reader(self._names, environment.get, environment.keys, FileDigests())
        digest = Digest("run").add("format", records.FORMAT)
        digest.add("root", os.path.realpath(config["root"]))
        digest.add("script", self._names.name(config["script"])).add("from", self._names.name(os.getcwd()))
        for folder in sys.path[1:]:  # the first is that of the command
            digest.add("import from", self._names.name(folder))
        settings: Mapping[str, object] = config
        for name in sorted(settings.keys() - _ANY_BUILD):
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

    # -- asking -----------------------------------------------------------

    def changed(self) -> str | None:
        """Return what has changed since the run; None if nothing has, or "" if there is no manifest.

        Files that are the same in spite of another stat are known by that stat
        from then on.
        """
        if self._body is None:
            return ""
        if self._body["around"] != surroundings():
            return _first_difference(self._body["around"], surroundings())
        self._leave_out_what_it_made(self._body["targets"], self._body["changes"])
        refreshed = False
        for row in self._body["reads"]:
            now = self._same(row)
            if now is None:
                return f"{called(row[0], row[1])} changed"
            refreshed |= now
        for name, digest in self._body["changes"]:
            if self._digest("file", name) != digest:
                return f"{name}, which the scene wrote, is not as it was left"
        self._refreshed = refreshed
        return None

    def _leave_out_what_it_made(self, targets: list[dict[str, Any]], changes: list[list[str]]) -> None:
        self._reader.ignore_in_listings(self._names.path(target["place"]) for target in targets)
        self._reader.ignore_in_listings(self._names.path(name) for name, _ in changes)

    def _same(self, row: list[Any]) -> bool | None:
        """Whether a read is as it was (True if by its content, with another stat), or None."""
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
        """The movies that the run made."""
        assert self._body is not None
        return list(self._body["targets"])

    @property
    def when(self) -> float:
        """When the run ended, in seconds from the epoch."""
        assert self._body is not None
        return float(self._body["when"])

    def dependencies(self) -> tuple[list[str], list[str]]:
        """Return the movies, as the scene names them, and the files that the run read or looked for.

        Without those of installed packages, as a compiler leaves out the system's headers.
        """
        assert self._body is not None
        kinds = ("source", "file", "stat")
        reads = [name for kind, name, *_ in self._body["reads"] if kind in kinds and not is_installed(name)]
        files = {self._names.path(name) for name in reads}
        movies = [from_here(path, os.getcwd()) for path in self.files]
        for target in self._body["targets"]:
            as_named = os.path.abspath(target["output"]) == self.path(target)  # unless the scene changed its folder
            movies.append(target["output"] if as_named else self.path(target))
        here = os.getcwd() + os.sep
        return movies, [path.removeprefix(here) for path in sorted(files) if os.path.isfile(path)]

    @property
    def files(self) -> list[str]:
        """The files that a script has written and left that makes no animation."""
        assert self._body is not None
        if self._body["targets"]:
            return []
        return sorted(path for name, _ in self._body["changes"] if os.path.isfile(path := self._names.path(name)))

    def path(self, target: dict[str, Any]) -> str:
        """Return where the movie of *target* belongs."""
        return self._names.path(target["place"])

    def is_in_place(self, target: dict[str, Any]) -> bool:
        """Whether the movie of *target* is the very file that was last stitched there, from these segments."""
        if target["recipe"] is None or target["let go"]:
            return True  # the scene's own writer wrote it, or it is no more: that is among the changes
        return self._place(target).holds(target["content"])

    def confirm(self, target: dict[str, Any]) -> bool:
        """Return whether `is_in_place`, and have no build that began before this one replace it from now on."""
        assert self._body is not None
        by_itself = target["recipe"] is None
        place = self._place(target)
        with place.held(self._number):
            if by_itself:  # it was compared before the place was held
                there = [target["place"], self._digest("file", target["place"])]
                found = there in self._body["changes"]
            else:
                found = self.is_in_place(target)
            if found and (by_itself or not target["let go"]):
                place.note(self._number)
            return found

    def _place(self, target: dict[str, Any]) -> Place:
        return Place(self._cache, self.path(target))

    def touch(self) -> None:
        """Make the movies younger than what they depend on, as make and ninja expect of what is up to date."""
        for path in self.files:
            os.utime(path)
        for target in self.targets:
            if not target["let go"]:
                place = self._place(target)
                with place.held(self._number):
                    place.touch(target["content"] if target["recipe"] is not None else None)

    # -- keeping ----------------------------------------------------------

    def refresh(self) -> None:
        """Keep the new stats of files that are the same in spite of them."""
        if self._refreshed and self._body is not None:
            records.write(self._cache, KIND, self._key, self._body)

    def take(self, ran: Ran) -> str:
        """Take what a scene process, which has ended, told of its run; return why it cannot be kept, if so."""
        changes = [[name, self._digest("file", name)] for name in sorted(ran["changes"])]
        targets = [{**target, "place": self._names.name(target["path"])} for target in ran["targets"]]
        changed = {name for name, _ in changes}
        for n, target in enumerate(targets):
            # The scene has moved this movie, or saved another one over it.
            later = (other["place"] for other in targets[n + 1 :])
            target["let go"] = target["place"] in changed or target["place"] in later
        self._body = {
            "when": time.time(),
            "around": ran["around"],
            "reads": ran["reads"],
            "changes": changes,
            "targets": targets,
        }
        return str(ran["blind"]) or self._replaced() or self._moved()

    def _replaced(self) -> str:
        """Return which movie that is known by its bytes may be that of another build."""
        for target in self.targets:
            if target["recipe"] is None and not self._place(target).is_last(self._number):
                return f"another build has put its {target['output']} in place"
        return ""

    def _moved(self) -> str:
        """Return what has changed since it was read; empty if nothing has."""
        assert self._body is not None
        if self._body["around"] != surroundings():
            return "packages were installed meanwhile"
        self._leave_out_what_it_made(self._body["targets"], self._body["changes"])
        for row in self._body["reads"]:
            if self._same(row) is None:
                return f"{called(row[0], row[1])} changed while it was built"
        return ""

    def keep(self, warn: Callable[[str], None]) -> None:
        """Write the manifest; *warn* if that cannot be done."""
        from pathlib import Path

        from .store import Store

        assert self._body is not None
        Store(Path(self._cache), warn).write(KIND, self._key, self._body)


def _first_difference(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    name = min(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    return f"{name} {before.get(name, 'none')} -> {now.get(name, 'none')}"
