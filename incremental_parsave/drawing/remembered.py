"""What each artist drew when it was last recorded, and whether it would draw the same again.

While a frame is recorded, matplotlib goes through the figure as ever, but an
artist whose `Footprint` is unchanged is not drawn: the calls that it made are
taken again.  Whatever is doubtful is drawn in every frame.

The artists that are left out are the children of a figure and of its axes.
What an axes does between them (resolving limits, its aspect, the place of
its title) is done in every frame.

The private names `_draw_list_compositing_images` and `Axis._update_ticks` were
checked on matplotlib 3.9.0 and 3.11.2; without them, nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib import image
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import FigureBase
from matplotlib.transforms import Bbox

from .barrier import Barrier
from .calls import Call
from .footprint import Doubtful, Footprint

KNOWS_THIS_MATPLOTLIB = hasattr(image, "_draw_list_compositing_images") and hasattr(Axis, "_update_ticks")
"""Whether what we stand in for is there."""

_LONGEST_WAIT = 8  # recordings after which it is tried again whether an artist has come to rest


class Remembered:
    """The calls of one artist.

    Attributes
    ----------
    clean : bool
        Whether nothing was assigned to what it depends on.
    answers : dict
        Of an axis, what it said of its extent and its ticks.
    """

    __slots__ = ("answers", "artist", "calls", "clean", "footprint", "seen", "try_at", "wait")

    def __init__(self, artist: Any) -> None:
        self.artist = artist
        self.calls: tuple[Call, ...] = ()
        self.answers: dict[str, Any] = {}
        self.clean = False
        self.footprint: Footprint | None = None
        self.seen = self.try_at = 0
        self.wait = 1

    def is_unchanged(self, frame: int) -> bool:
        """Whether the artist would make the same calls again, in the recording of this number."""
        return self.clean and self.footprint is not None and self.footprint.is_unchanged(frame)

    def forget(self) -> None:
        """Have it drawn next time."""
        if self.footprint is not None:
            self.footprint.leave()
        self.footprint, self.clean = None, False
        self.answers = {}


class Memory:
    """The artists of one figure.

    Attributes
    ----------
    drawn : list of (int, artist)
        Of the frame recorded last: with which call each artist began.
    """

    def __init__(self, barrier: Barrier) -> None:
        self._barrier = barrier
        self._known: dict[int, Remembered] = {}
        self._frame = 0
        self._settings: dict[str, Any] = {}
        self.drawn: list[tuple[int, Any]] = []

    @contextmanager
    def recording(self, tape: Any, *, whole: bool) -> Iterator[None]:
        """Record a frame on *tape*; if *whole*, draw every artist."""
        self._frame += 1
        self.drawn = []
        if not KNOWS_THIS_MATPLOTLIB:
            yield
            return
        settings = dict.copy(mpl.rcParams)
        if settings != self._settings or not self._barrier.raised:
            for known in self._known.values():
                known.forget()
            self._settings = settings
        original = image._draw_list_compositing_images

        def draw_children(renderer: Any, parent: Any, artists: Sequence[Any], suppress_composite: Any = None) -> None:
            # A filter has the artists draw on a canvas of its own.
            if suppress_composite is False or renderer._renderer is not tape:
                original(renderer, parent, artists, suppress_composite)
                return
            # For a layout, savefig has the figure drawn with a renderer that draws nothing.
            draws = renderer.draw_markers is tape.draw_markers
            for artist in artists:
                self._visit(artist, renderer, tape.calls if draws else None, whole)

        measure, update = Axis.get_tightbbox, Axis._update_ticks

        def get_tightbbox(axis: Any, renderer: Any = None, *, for_layout_only: bool = False) -> Any:
            key = "box for layout" if for_layout_only else "box"
            box = self._asked(axis, key, lambda: measure(axis, renderer, for_layout_only=for_layout_only), whole)
            return box and Bbox(box.get_points().copy())

        def update_ticks(axis: Any) -> Any:
            return list(self._asked(axis, "ticks", lambda: update(axis), whole))

        image._draw_list_compositing_images = draw_children
        Axis.get_tightbbox, Axis._update_ticks = get_tightbbox, update_ticks
        try:
            yield
        finally:
            image._draw_list_compositing_images = original
            Axis.get_tightbbox, Axis._update_ticks = measure, update
            self._forget_removed()

    def _asked(self, axis: Any, key: str, ask: Callable[[], Any], whole: bool) -> Any:
        """Return what titles, spines and layouts ask of an axis in every draw; asked once if it is unchanged."""
        known = self._known.get(id(axis))
        if known is None or whole or known is self._barrier.writing or not known.is_unchanged(self._frame):
            return ask()
        if key not in known.answers:
            before, self._barrier.writing = self._barrier.writing, known
            try:
                answer = ask()
            finally:
                self._barrier.writing = before
            answers = known.answers
            self._remember(known, known.calls, whole=True)  # it has put its ticks where they were, in new arrays
            if known.footprint is None:
                return answer
            known.answers = {**answers, key: answer}
        return known.answers[key]

    def _forget_removed(self) -> None:
        """Let go of artists that are no longer in the figure."""
        for known in [known for known in self._known.values() if known.seen != self._frame]:
            known.forget()
            del self._known[id(known.artist)]

    def _visit(self, artist: Any, renderer: Any, calls: list[Call] | None, whole: bool) -> None:
        """Draw an artist, or take its calls again; without *calls*, nothing comes of its draw."""
        begin = len(calls or ())
        self.drawn.append((begin, artist))
        if isinstance(artist, Axes | FigureBase):
            artist.draw(renderer)  # comes back here with its children
            return
        known = self._known.get(id(artist))
        if known is None:
            known = self._known[id(artist)] = Remembered(artist)
        known.seen = self._frame
        if not whole and known.is_unchanged(self._frame):
            if calls is not None:
                calls.extend(known.calls)
                known.wait = 1
            return
        barrier = self._barrier
        barrier.writing, before = known, barrier.writing
        try:
            artist.draw(renderer)
        finally:
            barrier.writing = before
        if calls is not None:
            self._remember(known, calls[begin:], whole)

    def _remember(self, known: Remembered, calls: Sequence[Call], whole: bool) -> None:
        """Keep what an artist drew, if it can be told when it would draw the same."""
        if known.footprint is not None and not whole:
            known.wait = min(_LONGEST_WAIT, 2 * known.wait)  # it moved: no use in watching it
            known.try_at = self._frame + known.wait - 1
        known.forget()
        if self._frame < known.try_at or not self._barrier.raised:
            return
        if any(call.mask is not None for call in calls):
            return  # a mask depends on the calls before
        try:
            known.footprint = Footprint(known.artist, self._barrier, known)
        except Doubtful:
            known.try_at = self._frame + _LONGEST_WAIT
        else:
            known.calls, known.clean = tuple(calls), True
