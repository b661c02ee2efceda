"""Track what the scene itself writes: it is not an input, and must be unchanged when the scene resumes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable

from ..keys.files import Signature, signature
from . import audit


class Made:
    """The files and folders that the scene creates or changes, and the movies built from it.

    Parameters
    ----------
    root, cache : str
        The project's folder, and the cache folder.
    ignores : callable
        Returns whether a path counts neither as read nor as written.
    """

    def __init__(self, root: str, cache: str, ignores: Callable[[str], bool]) -> None:
        self._ignores = ignores
        temporary = os.path.realpath(tempfile.gettempdir()) + os.sep
        self._temporary = (
            os.path.realpath(cache) + os.sep if os.path.realpath(root).startswith(temporary) else temporary
        )
        self._begun: set[str] = set()
        self._folders: tuple[str, ...] = ()
        self._changed: dict[str, None] = {}
        self._written: dict[str, Signature | None] = {}
        self._movies: set[str] = set()

    def began(self, path: str) -> None:
        """Note that the scene created the file *path*, so that all of its content was written by the scene."""
        self._begun.add(path)

    def folder(self, path: str) -> None:
        """Note that the scene is about to create the folder *path*, so that it wrote everything in there."""
        with audit.unrecorded():  # this look is ours, and is no input of the scene
            exists = os.path.isdir(path)
        if not exists:
            self._folders += (path + os.sep,)

    def renamed(self, source: str, target: str) -> None:
        """Note that a file was renamed."""
        if source in self._begun:
            self._begun.add(target)
        self.touched(source)
        self.touched(target)

    def touched(self, path: str) -> None:
        """Note that the file or folder at *path* was changed."""
        if self._ignores(path):
            return
        self._written[path] = None
        if not path.startswith(self._temporary):
            self._changed[path] = None

    def movie(self, path: str) -> None:
        """Note that we build the movie *path*."""
        self._movies.add(os.path.abspath(path))

    def is_all_of(self, path: str) -> bool:
        """Whether the scene wrote everything that is at *path*."""
        return path in self._begun or f"{path}{os.sep}".startswith(self._folders)

    def __contains__(self, path: str) -> bool:
        return path in self._changed or path in self._movies

    def names_in(self, folder: str) -> set[str]:
        """Return the names in *folder* that the scene changed or that are movies of ours."""
        paths = (*self._movies, *self._changed)
        return {os.path.basename(path) for path in paths if os.path.dirname(path) == folder}

    @property
    def changed(self) -> list[str]:
        """The paths that the scene has changed, except temporary files and movies."""
        return list(self._changed)

    def note(self) -> None:
        """Remember the current state of all that the scene has written."""
        self._written = {path: _left(path) for path in self._written}

    def moved(self) -> str:
        """Return a path that has changed since `note`; empty if none has."""
        return next((path for path, signed in self._written.items() if _left(path) != signed), "")


def _left(path: str) -> Signature | None:
    """Return the signature of a file that the scene left at *path*; for a folder, only device and inode."""
    with audit.unrecorded():
        signed = signature(path)
        return signed[:2] if signed is not None and os.path.isdir(path) else signed
