"""Answers to ``Axis._update_ticks`` that are known within one draw, in which matplotlib asks three to ten times.

Titles, axis labels, spines and layout engines each have an axis choose its ticks and format their labels, and then
ask for their sizes; at last the axis is drawn, and does it once more.  In one draw no code of the scene runs
between these calls, so the answer is the same as long as the limits and the length of the axis are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.ticker import FuncFormatter

from ..reuse.identity import identity
from ..reuse.known_classes import is_known, is_matplotlibs_class


class UpdatedTicks:
    """The ticks of each axis, as they were last updated in the draw that is under way."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[Any, ...], tuple[Any, ...], Any]] = {}

    def forget(self) -> None:
        """Forget all answers, because code of the scene has run."""
        self._known = {}

    def of(self, axis: Any, update: Callable[[Any], Any]) -> Any:
        """Return the ticks of *axis* that are to be drawn; *update* chooses and formats them."""
        if not _is_plain(axis):
            return update(axis)
        limits = _limits(axis)
        known = self._known.get(identity(axis))
        if known is not None and known[0] == limits and all(map(_is, known[1], _held(axis))):
            return known[2]
        ticks = update(axis)
        self._known[identity(axis)] = limits, _held(axis), ticks
        return ticks


def _is(one: Any, other: Any) -> bool:
    return one is other


def _is_plain(axis: Any) -> bool:
    """Whether the ticks of *axis* depend only on `_limits`, and `update` changes nothing but `_held`."""
    if type(axis) not in (XAxis, YAxis) or type(axis.axes) is not Axes or not is_known(type(axis._scale)):
        return False
    for ticker in (axis.major, axis.minor):
        kinds: tuple[type, ...] = type(ticker.locator), type(ticker.formatter)
        for kind in kinds:
            if issubclass(kind, FuncFormatter) or not kind.__module__.startswith("matplotlib."):
                return False
            if not is_matplotlibs_class(kind):
                return False
    return True


def _limits(axis: Any) -> tuple[Any, ...]:
    """Return the values from which the locators choose the ticks."""
    intervals = axis.get_view_interval(), axis.get_data_interval()
    return *[each.tobytes() for each in intervals], axis.get_minpos(), axis.get_tick_space()


def _held(axis: Any) -> tuple[Any, ...]:
    """Return the objects that `update` sets; axes with shared limits also share locators and formatters."""
    held, formatters = vars(axis), [vars(each.formatter) for each in (axis.major, axis.minor)]
    located = [each.get("_locs", each.get("locs")) for each in formatters]  # the second name was that before 3.11
    return axis, held.get("majorTicks"), held.get("minorTicks"), *located
