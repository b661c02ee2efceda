"""Global state that matplotlib's drawing depends on: the rcParams and the named colours."""

from __future__ import annotations

import operator
from typing import Any

import matplotlib as mpl
from matplotlib.colors import get_named_colors_mapping

from .written import Versions


class Settings:
    """A copy of the settings, as they were when it was made.

    Attributes
    ----------
    values : dict
        Values of `rcParams`; lists are copied, since scenes change them in place.
    colours : dict
        Values of the named colours.
    """

    def __init__(self) -> None:
        # Not `dict.copy`, which calls the subclass's own methods for every element.
        self.values: dict[str, Any] = {name: _owned(value) for name, value in dict.items(mpl.rcParams)}
        self.colours: dict[str, Any] = {name: _owned(value) for name, value in get_named_colors_mapping().items()}
        self._versions = Versions([mpl.rcParams, get_named_colors_mapping()])
        self._see()

    def _see(self) -> None:
        """Note that these settings are in force, so that `are_in_force` need only compare the lists among them."""
        names = [name for name, value in dict.items(mpl.rcParams) if type(value) is list]
        self._lists = [dict.__getitem__(mpl.rcParams, name) for name in names], [self.values[name] for name in names]
        self._versions.see()

    def are_in_force(self) -> bool:
        """Return whether the current settings are equal to these."""
        if self._versions.are_seen():
            return all(map(operator.eq, *self._lists))
        if not (dict.__eq__(mpl.rcParams, self.values) and dict.__eq__(get_named_colors_mapping(), self.colours)):
            return False
        self._see()
        return True

    def __repr__(self) -> str:
        return repr((sorted(self.values.items()), sorted(self.colours.items())))


def _owned(value: Any) -> Any:
    return list(value) if type(value) is list else value
