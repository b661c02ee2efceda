"""A write barrier: detects assignments to attributes of matplotlib's objects.

``figure.stale`` does not show whether anything has changed: pixels may change while it
stays False.  While the barrier is raised, the classes below have a ``__setattr__`` that
reports every assignment of a different value.  The barrier does not detect changes
in place; a `Footprint` compares the state that can change that way.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from typing import Any, Protocol

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Ticker
from matplotlib.colorizer import Colorizer
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import FigureBase
from matplotlib.font_manager import FontProperties
from matplotlib.markers import MarkerStyle
from matplotlib.ticker import Formatter, TickHelper
from matplotlib.transforms import TransformNode

from .identity import identity

WATCHED: tuple[type, ...] = tuple(
    dict.fromkeys((Artist, Ticker, Colormap, Normalize, FontProperties, MarkerStyle, TickHelper, Colorizer))
)
"""The classes whose assignments are detected.

Paths and transforms are not among them.  A draw creates so many of them that detecting
their assignments would cost more than comparing the attributes of the few that matter.
"""

# Attributes that are assigned often and do not affect what is drawn.
# (A movie has its own dpi, which savefig sets in place of the figure's.)
_IDLE = frozenset({"stale", "_stale", "_invalid", "_renderer", "eventson", "dpi", "_dpi"})
# The same, for particular classes: attributes that savefig replaces on a figure while it draws, the tick positions
# that a formatter receives in every draw, the offset that `set_title` also passes to the title itself, and the list
# from which a colour map has built its lookup table.
IDLE_OF: dict[str, type] = {
    "draw": FigureBase,
    "_layout_engine": FigureBase,
    "locs": Formatter,
    "_locs": Formatter,
    "titleOffsetTrans": Axes,
    "colors": Colormap,
}
_PLAIN = frozenset({int, float, str, bool, type(None)})


def is_idle(of: Any, name: str) -> bool:
    """Whether the attribute *name* of the object *of* does not affect what is drawn."""
    return name in _IDLE or isinstance(of, IDLE_OF.get(name, ()))


def is_different(old: Any, value: Any) -> bool:
    """Whether *value* counts as different from *old*; equal numbers and strings do not, unless zero (0.0 == -0.0)."""
    return old is not value and not (type(old) is type(value) in _PLAIN and old == value and old != 0.0)


class Watcher(Protocol):
    """An object that is notified of assignments: its `clean` is set to False."""

    clean: bool


class Compared(Protocol):
    """A snapshot that detects writes by comparison, including those that bypass the barrier."""

    def is_written(self) -> bool:
        """Whether any attribute differs from the noted state."""
        ...

    def accept_writes(self) -> None:
        """Note the current state."""
        ...


_Watchers = dict[int, dict[int, Watcher]]
"""Watchers, first by the `id` of the object that they watch, then by their own `id`."""


class Barrier:
    """Notifies watchers of assignments to the objects that they watch.

    Attributes
    ----------
    writing : Watcher or None
        The watcher whose artist is being drawn.  It is not notified of assignments made by that draw.
    raised : bool
        Whether assignments are detected.
    size_box : TransformNode or None
        The box that holds the figure's size, if the writer sets the size before each frame.  Setting it
        invalidates all transforms that depend on it.
    """

    def __init__(self) -> None:
        self.size_box: TransformNode | None = None
        self._watchers: _Watchers = {}
        self._of_stepper: _Watchers = {}
        self.writing: Watcher | None = None
        self.raised = False
        self._compared: weakref.WeakSet[Compared] = weakref.WeakSet()
        self._suspended = False
        self._over: list[type] = []

    def watch(self, watched: Any, watcher: Watcher) -> None:
        """Notify *watcher* of the first assignment to *watched*; the watcher must keep *watched* alive."""
        self._watchers.setdefault(identity(watched), {})[identity(watcher)] = watcher

    def forget(self, watched: Any, watcher: Watcher) -> None:
        """Stop notifying *watcher* of assignments to *watched*."""
        watchers = self._watchers.get(identity(watched), {})
        watchers.pop(identity(watcher), None)
        if not watchers:
            self._watchers.pop(identity(watched), None)

    def track_while_suspended(self, compared: Compared) -> None:
        """Make *compared* accept assignments that are made while notifications are suspended (see `suspended`)."""
        self._compared.add(compared)

    def of_stepper(self) -> Barrier:
        """Return another barrier; this one also notifies the watchers of that one until `leave_stepper` is called."""
        another = Barrier()
        another._compared, another.size_box = self._compared, self.size_box
        another.raised, self._of_stepper = self.raised, another._watchers
        return another

    def leave_stepper(self) -> None:
        """Stop notifying the watchers of the barrier that `of_stepper` has returned; this takes constant time."""
        self._of_stepper = {}

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Suspend notifications within this context, so that its assignments do not invalidate cached state."""
        as_noted = [each for each in self._compared if not each.is_written()]
        self._suspended = True
        try:
            yield
        finally:
            self._suspended = False
            for each in as_noted:
                each.accept_writes()

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Raise the barrier within this context."""
        self.raise_again()
        try:
            yield
        finally:
            self.lower()

    def raise_again(self) -> None:
        """Detect assignments from now on; watchers must not rely on what they noted while the barrier was lowered."""
        barrier, watchers, plain = self, self._watchers, _PLAIN
        put, missing = object.__setattr__, object()

        def notify(watched: Any) -> None:
            if barrier._suspended:
                return
            key = identity(watched)
            for watchers_by_object in (watchers, barrier._of_stepper):
                found = watchers_by_object.get(key, {})
                for each in [each for each, watcher in found.items() if watcher is not barrier.writing]:
                    found.pop(each).clean = False
                if not found:
                    watchers_by_object.pop(key, None)

        def assign(self: Any, name: str, value: Any) -> None:
            key = identity(self)
            # `is_different` is inlined below: creating ticks calls this thousands of times, mostly for other objects.
            if (key in watchers or key in barrier._of_stepper) and not is_idle(self, name):
                old = self.__dict__.get(name, missing)
                if old is not value and not (type(old) is type(value) in plain and old == value and old != 0.0):
                    notify(self)
            put(self, name, value)

        def delete(self: Any, name: str) -> None:
            if (identity(self) in watchers or identity(self) in barrier._of_stepper) and not is_idle(self, name):
                notify(self)
            object.__delattr__(self, name)

        own = [cls for cls in WATCHED if "__setattr__" not in vars(cls) and "__delattr__" not in vars(cls)]
        for cls in own:
            cls.__setattr__ = assign  # type: ignore[assignment]
            cls.__delattr__ = delete  # type: ignore[assignment]
        self._over = own
        self.raised = own == list(WATCHED)

    def lower(self) -> None:
        """Lower the barrier: assignments are no longer detected."""
        self.raised = False
        for cls in self._over:
            del cls.__setattr__, cls.__delattr__
        self._over = []
