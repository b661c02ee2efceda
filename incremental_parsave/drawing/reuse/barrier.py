"""A write barrier: who is told when an attribute of one of matplotlib's objects is assigned.

``figure.stale`` does not tell what has changed: pixels change while it stays
False.  While the barrier stands, the classes below have a ``__setattr__`` that
notes every assignment of another value.  It does not see what is changed in
place; `footprint` compares that.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from typing import Any, Protocol

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Ticker
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import FigureBase
from matplotlib.font_manager import FontProperties
from matplotlib.markers import MarkerStyle
from matplotlib.ticker import Formatter, TickHelper
from matplotlib.transforms import TransformNode

try:
    from matplotlib.colorizer import Colorizer
except ImportError:  # matplotlib < 3.10, whose artists hold norm and colour map themselves
    Colorizer = Artist

WATCHED: tuple[type, ...] = tuple(
    dict.fromkeys((Artist, Ticker, Colormap, Normalize, FontProperties, MarkerStyle, TickHelper, Colorizer))
)
"""The classes whose assignments are seen.

Paths and transforms are none of them: a draw makes so many that seeing their
assignments costs more than to compare what a few are made of.
"""

# Assigned again and again, and decide nothing that is drawn.
# (A movie has its own dpi, which savefig puts in the place of the figure's.)
_IDLE = frozenset({"stale", "_stale", "_invalid", "_renderer", "eventson", "dpi", "_dpi"})
# Likewise, of some classes: what savefig exchanges on a figure for the time of its draw, the places of
# ticks, which a formatter is given in every draw, what `set_title` gives to the title itself, and
# the list of which a colour map has made its table.
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
    """Whether the attribute *name* decides nothing that is drawn of the object."""
    return name in _IDLE or isinstance(of, IDLE_OF.get(name, ()))


def is_another(old: Any, value: Any) -> bool:
    """Whether *value* is not taken for what was there before: numbers and words are the same if they are equal."""
    return old is not value and not (type(old) is type(value) in _PLAIN and old == value and old != 0.0)


class Watcher(Protocol):
    """Wants to know of assignments."""

    clean: bool


class Compared(Protocol):
    """What is compared with how it was noted, as well as told of assignments."""

    def is_written(self) -> bool:
        """Whether it is not as it was noted."""
        ...

    def accept_writes(self) -> None:
        """Note how it is now."""
        ...


_Watchers = dict[int, dict[int, Watcher]]
"""By the `id` of what they watch, then by their own."""


class Barrier:
    """Tells the watchers of an object of assignments to it.

    Attributes
    ----------
    writing : Watcher or None
        Who is at work: what it assigns itself is not told to it.
    raised : bool
        Whether assignments are seen.
    told : TransformNode or None
        The size of a figure, if the writer sets it before each frame: transforms that go by it are told then.
    """

    def __init__(self) -> None:
        self.told: TransformNode | None = None
        self._watchers: _Watchers = {}
        self._of_stepper: _Watchers = {}
        self.writing: Watcher | None = None
        self.raised = False
        self._compared: weakref.WeakSet[Compared] = weakref.WeakSet()
        self._deaf = False
        self._over: list[type] = []

    def watch(self, watched: Any, watcher: Watcher) -> None:
        """Tell *watcher* of the first assignment to *watched*, which it must keep alive."""
        self._watchers.setdefault(id(watched), {})[id(watcher)] = watcher

    def forget(self, watched: Any, watcher: Watcher) -> None:
        """Do so no longer."""
        watchers = self._watchers.get(id(watched), {})
        watchers.pop(id(watcher), None)
        if not watchers:
            self._watchers.pop(id(watched), None)

    def note_after_deaf(self, compared: Compared) -> None:
        """Have *compared* accept what is assigned while nobody is told of it (`deaf`)."""
        self._compared.add(compared)

    def of_stepper(self) -> Barrier:
        """Return a barrier whose watchers are told by this one, until `leave_stepper`."""
        another = Barrier()
        another._compared, another.told = self._compared, self.told
        another.raised, self._of_stepper = self.raised, another._watchers
        return another

    def leave_stepper(self) -> None:
        """Tell them no longer: at once, though they are many."""
        self._of_stepper = {}

    @contextlib.contextmanager
    def deaf(self) -> Iterator[None]:
        """Tell nobody of anything, for a draw that is about to be compared with what is remembered."""
        as_noted = [each for each in self._compared if not each.is_written()]
        self._deaf = True
        try:
            yield
        finally:
            self._deaf = False
            for each in as_noted:
                each.accept_writes()

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Raise the barrier."""
        barrier, watchers, plain = self, self._watchers, _PLAIN
        put, missing = object.__setattr__, object()

        def tell(watched: Any) -> None:
            if barrier._deaf:
                return
            key = id(watched)
            for audience in (watchers, barrier._of_stepper):
                told = audience.get(key, {})
                for each in [each for each, watcher in told.items() if watcher is not barrier.writing]:
                    told.pop(each).clean = False
                if not told:
                    audience.pop(key, None)

        def assign(self: Any, name: str, value: Any) -> None:
            key = id(self)
            # Written out here: when ticks are made, this is called thousands of times, mostly for nobody.
            if (key in watchers or key in barrier._of_stepper) and not is_idle(self, name):
                old = self.__dict__.get(name, missing)
                if old is not value and not (type(old) is type(value) in plain and old == value and old != 0.0):
                    tell(self)
            put(self, name, value)

        def delete(self: Any, name: str) -> None:
            if (id(self) in watchers or id(self) in barrier._of_stepper) and not is_idle(self, name):
                tell(self)
            object.__delattr__(self, name)

        own = [cls for cls in WATCHED if "__setattr__" not in vars(cls) and "__delattr__" not in vars(cls)]
        for cls in own:
            cls.__setattr__ = assign  # type: ignore[assignment]
            cls.__delattr__ = delete  # type: ignore[assignment]
        self._over = own
        self.raised = own == list(WATCHED)
        try:
            yield
        finally:
            self.lower()

    def lower(self) -> None:
        """Take the barrier down, for good."""
        self.raised = False
        for cls in self._over:
            del cls.__setattr__, cls.__delattr__
        self._over = []
