"""The reads of a scene, each identified by kind and name, and the digest of what a read would give now.

============ =======================================================================
kind         what is digested
============ =======================================================================
source       the syntax tree of a Python file that was compiled
file         the bytes of a file that was opened, or the fact that it does not exist
stat         whether a path that was checked exists, and its kind and size
listing      the names in a folder
pattern      the names of the files that match a pattern declared by the user
module       what could be imported from a path where a module was searched for
link         the target of a symbolic link
times        the signature of a file whose times were read
variable     the value of an environment variable
variables    the names of all environment variables
program      the path and signature of a program that was searched for on ``PATH``
installed    the RECORD file of a package that was used: the digests of its files
answer       the result of a function that was asked about this machine
============ =======================================================================

The scene process uses this module to record reads, and the command uses it to
check whether anything has changed.  The command must start quickly, so this
module does not import numpy or matplotlib.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

from .canonical import Digest, Unknown
from .files import ABSENT, STAT_ONLY, FileDigests, listing_digest, names_in, signature, stat_digest
from .packages import is_packages_folder, record_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .explain import Lines

Read = tuple[str, str]
"""Kind and name."""

NOT_PATHS = frozenset({"variable", "variables", "program", "answer"})
"""Kinds whose names are not paths."""

BY_SIGNATURE = frozenset({"file", "source", "installed"})
"""Kinds of reads that are unchanged as long as the file's signature is."""


_OF_EACH_SHELL = frozenset(
    "_ SHLVL PWD OLDPWD COLUMNS LINES WINDOWID TERM_SESSION_ID PYTHONHASHSEED MPLBACKEND".split()
)

_CALLED = {
    "link": "the link {}",
    "times": "the modification time of {}",
    "variable": "the environment variable {}",
    "variables": "the list of environment variables",
    "program": "the program {}",
    "answer": "the result of {}",
    "listing": "the list of files in {}",
    "pattern": "the list of files matching {}",
    "module": "the module {}",
}


def called(kind: str, name: str) -> str:
    """Return how messages to the user refer to a read."""
    return _CALLED.get(kind, "{}").format(name)


def note_read(sink: Lines, kind: str, name: str, digest: str) -> None:
    """Note a read in *sink*; a ``stat`` is left out if the content of the same path was noted before."""
    label = called(kind, name)
    if kind != "stat" or label not in sink:
        sink.note(label, digest, STAT_ONLY if kind == "stat" else "")


def is_installed(name: str) -> bool:
    """Whether *name*, as given by `Names`, stands for a path in a folder of installed packages."""
    return name.startswith(("<site-packages ", "<dist-packages "))


class Names:
    """Names for paths that do not depend on where the project is checked out.

    Parameters
    ----------
    root : str
        The project's folder.  Paths inside it are named relative to it; paths inside a
        folder of installed packages or the home folder are named relative to that folder.
    """

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)
        self._home = os.path.expanduser("~")
        folders = dict.fromkeys(folder for folder in sys.path if is_packages_folder(folder))
        self._packages = {f"<{os.path.basename(folder)} {n}>": folder for n, folder in enumerate(folders, 1)}

    def name(self, path: str) -> str:
        """Return the name of *path*."""
        path = os.path.abspath(path)
        for name, folder in self._packages.items():
            if path.startswith(folder + os.sep):
                return name + path[len(folder) :]
        if path == self._root or path.startswith(self._root + os.sep):
            return os.path.relpath(path, self._root)
        return "~" + path[len(self._home) :] if path.startswith(self._home + os.sep) else path

    def path(self, name: str) -> str:
        """Return the path that *name* stands for."""
        if name.startswith("~" + os.sep):
            return self._home + name[1:]
        if name.startswith("<"):
            first, _, rest = name.partition(os.sep)
            if first in self._packages:
                return os.path.join(self._packages[first], rest)
        return os.path.normpath(os.path.join(self._root, name))


class Reader:
    """Repeats the reads of a scene, to compute their digests.

    Parameters
    ----------
    names : Names
    variable : callable
        Returns the value of an environment variable, or None.
    variable_names : callable
        Returns the names of all environment variables.
    files : FileDigests
    """

    def __init__(
        self,
        names: Names,
        variable: Callable[[str], str | None],
        variable_names: Callable[[], Iterable[str]],
        files: FileDigests,
    ) -> None:
        self._names, self._variable, self._variable_names, self.files = names, variable, variable_names, files
        self._made: dict[str, set[str]] = {}

    def ignore_in_listings(self, paths: Iterable[str]) -> None:
        """Leave *paths*, which the scene itself has made, out of listings."""
        for path in paths:
            folder, name = os.path.split(path)
            self._made.setdefault(folder, set()).add(name)

    def _made_in(self, folder: str) -> set[str]:
        return self._made.get(folder, set())

    def digest(self, kind: str, name: str) -> str:
        """Return the digest that reading *name* would give now.

        Raises
        ------
        Unknown
            If a file cannot be read, or changes while it is read.
        """
        if kind == "variable":
            return variable_digest(self._variable(name))
        if kind == "variables":
            return _names_digest(self._variable_names())
        if kind == "program":
            return program_digest(name)
        if kind == "answer":
            return answer_digest(name)
        path = self._names.path(name)
        if kind == "listing":
            names = names_in(path)
            return listing_digest(names if names is None else [n for n in names if n not in self._made_in(path)])
        if kind == "stat":
            return stat_digest(path)
        if kind == "link":
            return _link_digest(path)
        if kind == "times":
            return Digest("times").add("signature", repr(signature(path))).hexdigest()
        if kind == "pattern":
            return self._pattern_digest(path)
        if kind == "module":
            return module_digest(path)
        if kind == "source":
            return _source_digest(path)
        if kind == "installed":
            return record_digest(path)
        return self.files.of(path)

    def _pattern_digest(self, pattern: str) -> str:
        from glob import glob

        digest = Digest("pattern")
        for path in sorted(glob(pattern, recursive=True)):
            digest.add("name", self._names.name(path))
        return digest.hexdigest()


def variable_digest(value: str | None) -> str:
    """Return the digest of an environment variable's value."""
    return ABSENT if value is None else Digest("variable").add("value", os.fsencode(value)).hexdigest()


def _names_digest(names: Iterable[str]) -> str:
    digest = Digest("variables")
    for name in sorted(names):
        if name not in _OF_EACH_SHELL:
            digest.add("name", os.fsencode(name))
    return digest.hexdigest()


def _link_digest(path: str) -> str:
    try:
        return Digest("link").add("to", os.fsencode(os.readlink(path))).hexdigest()
    except OSError:
        return ABSENT


def program_digest(name: str) -> str:
    """Return the digest of the file that *name* resolves to on ``PATH``: its path and stat, not its content."""
    from shutil import which

    path = which(name)
    if path is None:
        return ABSENT
    return Digest("program").add("path", os.path.abspath(path)).add("signature", program_signature(path)).hexdigest()


def program_signature(path: str) -> str:
    """Return a cheap check that the program at *path* and its libraries are unchanged.

    Installing a library changes the linker's cache, or the ``lib`` folder next to the program's folder.
    """
    path = os.path.realpath(path)
    folder = os.path.join(os.path.dirname(os.path.dirname(path)), "lib")
    libraries = [signature(place) for place in ("/etc/ld.so.cache", folder)]
    return repr([signature(path), *libraries, os.environ.get("LD_LIBRARY_PATH"), os.environ.get("LD_PRELOAD")])


def answer_digest(name: str) -> str:
    """Return the digest of the result of *name*, a module's function that takes no arguments."""
    from importlib import import_module

    module, _, function = name.rpartition(".")
    try:
        answer = getattr(import_module(module), function)()
    except (OSError, AttributeError):
        return ABSENT
    return Digest("answer").add("is", repr(answer)).hexdigest()


def module_digest(path: str) -> str:
    """Return, as text, what could be imported from *path*, which has no suffix."""
    from importlib.machinery import all_suffixes

    found = [suffix for suffix in all_suffixes() if os.path.isfile(path + suffix)]
    if os.path.isdir(path):
        inits = (suffix for suffix in all_suffixes() if os.path.isfile(os.path.join(path, "__init__" + suffix)))
        found += [os.sep, *inits]
    return " ".join(found) or ABSENT


def _source_digest(path: str) -> str:
    from .sources import source_digest

    try:
        with open(path, "rb") as file:
            return source_digest(file.read())
    except FileNotFoundError:
        return ABSENT
    except OSError as error:
        raise Unknown(f"{path} cannot be read") from error
