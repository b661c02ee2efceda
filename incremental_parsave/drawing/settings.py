"""What matplotlib's drawing goes by that belongs to no artist: its settings, and the colours that have names."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from matplotlib.colors import get_named_colors_mapping


class Settings:
    """The settings as they are now.

    Attributes
    ----------
    values : dict
        Those of `rcParams`; lists are copied, since scenes change them in place.
    colours : dict
        What each name of a colour stands for.
    """

    def __init__(self) -> None:
        # Not by `dict.copy`: a subclass is asked for every element.
        self.values: dict[str, Any] = {name: _owned(value) for name, value in dict.items(mpl.rcParams)}
        self.colours: dict[str, Any] = {name: _owned(value) for name, value in get_named_colors_mapping().items()}

    def are_in_force(self) -> bool:
        """Whether nothing was set since."""
        return bool(dict.__eq__(mpl.rcParams, self.values) and dict.__eq__(get_named_colors_mapping(), self.colours))

    def __repr__(self) -> str:
        return repr((sorted(self.values.items()), sorted(self.colours.items())))


def _owned(value: Any) -> Any:
    return list(value) if type(value) is list else value
