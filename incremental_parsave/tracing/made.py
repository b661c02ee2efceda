"""What the scene itself has written, so that it is no input, and is seen to be as it was left."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable

from ..keys.files import Signature, signature


class Made:
    """Files and folders that the scene makes and changes, and the movies that are built from it.

    Parameters
    ----------
    root, cache : str
        The project's folder, and the store.
    ignores : callable
        Tells whether a path counts neither as read nor as written.
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
        """Note that the file *path* was made anew: what is read of it was written."""
        self._begun.add(path)

    def folder(self, path: str) -> None:
        """Note that the folder *path* is about to be made: what is read there, the scene has written."""
        if not os.path.isdir(path):
            self._folders += (path + os.sep,)

    def renamed(self, source: str, target: str) -> None:
        """Note that a file was moved."""
        if source in self._begun:
            self._begun.add(target)
        self.touched(source)
        self.touched(target)

    def touched(self, path: str) -> None:
        """Note that what is at *path* was changed."""
        if self._ignores(path):
            return
        self._written[path] = None
        if not path.startswith(self._temporary):
            self._changed[path] = None

    def movie(self, path: str) -> None:
        """Note that the movie *path* is built by us."""
        self._movies.add(os.path.abspath(path))

    def is_all_of(self, path: str) -> bool:
        """Whether nothing is in *path* but what the scene has written."""
        return path in self._begun or f"{path}{os.sep}".startswith(self._folders)

    def __contains__(self, path: str) -> bool:
        return path in self._changed or path in self._movies

    def names_in(self, folder: str) -> set[str]:
        """Return the names of what was made or changed in *folder*."""
        paths = (*self._movies, *self._changed)
        return {os.path.basename(path) for path in paths if os.path.dirname(path) == folder}

    @property
    def changed(self) -> list[str]:
        """What the scene has changed, but for temporary files and movies."""
        return list(self._changed)

    def note(self) -> None:
        """Remember how all of it stands."""
        self._written = {path: _left(path) for path in self._written}

    def moved(self) -> str:
        """Return what is not as it was when it was noted; empty if all is."""
        return next((path for path, signed in self._written.items() if _left(path) != signed), "")


def _left(path: str) -> Signature | None:
    """Return what tells that what the scene left at *path* is as it was; a folder, that it is there."""
    signed = signature(path)
    return signed[:2] if signed is not None and os.path.isdir(path) else signed
