"""Dependency files for make and ninja, which list the files that movies depend on."""

from __future__ import annotations

import os
import re

from ..errors import IparsaveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Depfile:
    """A dependency file in the syntax of make.

    Parameters
    ----------
    path : str
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._rules: list[str] = []
        self._inputs: dict[str, None] = {}

    def add(self, movies: Iterable[str], inputs: Iterable[str]) -> None:
        """Add the rule that *movies* depend on *inputs*."""
        movies, inputs = list(movies), list(inputs)
        needed = "".join(f" \\\n  {_escaped(path)}" for path in inputs if path not in movies)
        self._rules.append(f"{' '.join(_escaped(path) for path in movies)}:{needed}\n")
        self._inputs.update((path, None) for path in inputs if path not in movies)

    def write(self) -> None:
        """Write the file, and put it in place only when it is complete.

        Raises
        ------
        IparsaveError
            If it cannot be written.
        """
        # Each input gets a rule without a recipe: make then treats a missing input as changed, not as an error.
        gone = (f"{_escaped(path)}:\n" for path in self._inputs if "%" not in path)  # % would make a pattern rule
        text = "".join([*self._rules, *gone])
        temporary = f"{self._path}.{os.getpid()}.tmp"
        try:
            with open(temporary, "wb") as file:
                file.write(os.fsencode(text))
            os.replace(temporary, self._path)
        except OSError as error:
            raise IparsaveError(
                f"cannot write the dependency file {self._path}: {error.strerror}", "choose another --depfile"
            ) from None


def _escaped(path: str) -> str:
    """Escape *path* for make and ninja."""
    path = re.sub(r"(\\*)([ #:])", lambda found: found[1] * 2 + "\\" + found[2], path)
    return path.replace("$", "$$")
