"""The files that movies depend on, as make and ninja read them."""

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
        """Note that *movies* depend on *inputs*."""
        movies, inputs = list(movies), list(inputs)
        needed = "".join(f" \\\n  {_escaped(path)}" for path in inputs if path not in movies)
        self._rules.append(f"{' '.join(_escaped(path) for path in movies)}:{needed}\n")
        self._inputs.update((path, None) for path in inputs if path not in movies)

    def write(self) -> None:
        """Write the file, whole.

        Raises
        ------
        IparsaveError
            If it cannot be written.
        """
        # A rule without a recipe for each input, so that one which is gone is no error but a change.
        gone = (f"{_escaped(path)}:\n" for path in self._inputs if "%" not in path)  # which would be a pattern
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
    """Return *path* as make and ninja read it."""
    path = re.sub(r"(\\*)([ #:])", lambda found: found[1] * 2 + "\\" + found[2], path)
    return path.replace("$", "$$")
