"""What each artist drew when it was last recorded, and whether it would draw the same again.

While a frame is recorded, matplotlib goes through the figure as ever, but an
artist whose `Footprint` is unchanged is not drawn: the calls that it made are
taken again.  Whatever is doubtful is drawn in every frame.

The artists that are left out are the children of a figure and of its axes.
What a figure and its axes do between them (resolving limits, aspects, the places of
titles, the order of children) is done in every frame, unless it is known that it
would come to the same (`arrangement`): then only the artists that moved are drawn.

The private names `_draw_list_compositing_images` and `Axis._update_ticks` were
checked on matplotlib 3.9.0 and 3.11.2; without them, nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib import image
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from .arrangement import CONTAINERS, Arrangement, Visit
from .barrier import Barrier
from .calls import Call
from .footprint import Doubtful, Footprint
from .in_place import InPlace

KNOWS_THIS_MATPLOTLIB = hasattr(image, "_draw_list_compositing_images") and hasattr(Axis, "_update_ticks")
"""Whether what we stand in for is there."""

_LONGEST_WAIT = 64  # recordings after which it is tried again whether an artist has come to rest


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
        return self.clean and self.footprint is not None and self.footprint.held.is_unchanged(frame)

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
    visits : list of Visit
        Of the recording made last: the artists in the order in which they were drawn.
    arrangement : Arrangement or None
        Of the recording made last, if only what moves need be drawn in the next.
    left_out : int
        How many artists the recording made last did not draw.
    """

    def __init__(self, barrier: Barrier) -> None:
        self._barrier = barrier
        self._known: dict[int, Remembered] = {}
        self._frame = 0
        self._settings: dict[str, Any] = {}
        self.visits: list[Visit] = []
        self.arrangement: Arrangement | None = None
        self.left_out = 0
        self._background: Remembered | None = None  # of the figure
        self._resting: list[Remembered] = []
        self._at_rest: InPlace | None = None

    # -- only what moved ----------------------------------------------------

    def arrange(self, figure: Any, calls: Sequence[Call], savefig_kwargs: dict[str, Any], *, at_rest: bool) -> None:
        """Keep how the recording that was made just now came about."""
        self.arrangement = Arrangement.of(figure, self.visits, calls, savefig_kwargs, self._barrier, at_rest=at_rest)
        if self.arrangement is None:
            return
        self._background = Remembered(figure.patch)
        self._remember(self._background, self.arrangement.head, whole=True)

    def holds(self, savefig_kwargs: dict[str, Any] | None = None) -> bool:
        """Whether only artists that may do so have moved since the last recording.

        The figure has the dpi of the movie.
        """
        arrangement = self.arrangement
        if arrangement is None or not self._has_these_settings() or not arrangement.is_same(savefig_kwargs):
            return False
        self._frame += 1
        if not self._all_at_rest() and not self._find_moving():
            return False
        resting = set(map(id, self._resting))
        return arrangement.allows(known.artist for known in self._leaves() if id(known) not in resting)

    def _leaves(self) -> list[Remembered]:
        assert self.arrangement is not None
        return [self._known[id(leaf)] for leaf in self.arrangement.leaves]

    def again(self, tape: Any, renderer: Any, savefig_kwargs: dict[str, Any]) -> bool:
        """Record on *tape* what moved since the last recording, and take the rest from that; False if that cannot be.

        The figure has the dpi of the movie.
        """
        if not self.holds(savefig_kwargs):
            return False
        arrangement = self.arrangement
        assert arrangement is not None
        known, resting = self._leaves(), set(map(id, self._resting))
        with self._answering_for_axes(whole=False):
            arrangement.place_titles([each.artist for each in known if id(each) not in resting], renderer)
        calls: list[Call] = tape.calls
        calls.extend(arrangement.head)
        self.visits, self.left_out = [], 0
        for each in known:
            if id(each) in resting and each.clean:
                begin = len(calls)
                calls.extend(each.calls)
                self.visits.append(Visit(each.artist, begin, len(calls)))
                self.left_out += 1
            elif id(each) not in resting or arrangement.may_move(each.artist):
                self._visit(each.artist, renderer, calls, whole=False)
            else:
                return False  # the draw of an artist that moved changed it
        if self._at_rest is None or not self._at_rest.is_in_place():
            return False
        arrangement.settle()
        return True

    def _all_at_rest(self) -> bool:
        """Whether none of those that rested has moved."""
        return (
            self._at_rest is not None
            and all([known.clean for known in self._resting])
            and self._at_rest.is_unchanged(self._frame)
        )

    def _find_moving(self) -> bool:
        """Tell apart what rests and what moves; return whether only what may move does."""
        assert self.arrangement is not None
        assert self._background is not None
        of_last = self._resting or self._leaves()
        resting = [self._background]
        for known in of_last:
            if known is self._background:
                continue
            if known.is_unchanged(self._frame):
                resting.append(known)
            elif not self.arrangement.may_move(known.artist):
                return False
        if not self._background.is_unchanged(self._frame):
            return False
        self._resting = resting
        self._at_rest = InPlace.of_all(known.footprint.held for known in resting if known.footprint is not None)
        return True

    def _has_these_settings(self) -> bool:
        # Not by `dict.copy`, which asks a subclass for every element.
        return dict(dict.items(mpl.rcParams)) == self._settings

    # -- a pass through the figure ------------------------------------------

    @contextmanager
    def recording(self, tape: Any, *, whole: bool) -> Iterator[None]:
        """Record a frame on *tape*; if *whole*, draw every artist."""
        self._frame += 1
        self.visits, self.left_out = [], 0
        self._let_go()
        if not KNOWS_THIS_MATPLOTLIB:
            yield
            return
        if not self._has_these_settings() or not self._barrier.raised:
            for known in self._known.values():
                known.forget()
            self._settings = dict(dict.items(mpl.rcParams))
        original = image._draw_list_compositing_images

        def draw_children(renderer: Any, parent: Any, artists: Sequence[Any], suppress_composite: Any = None) -> None:
            # A filter has the artists draw on a canvas of its own.
            if suppress_composite is False or renderer._renderer is not tape:
                original(renderer, parent, artists, suppress_composite)
                return
            # For a layout, savefig has the figure drawn with a renderer that draws nothing.
            draws = renderer.draw_markers is tape.draw_markers
            if isinstance(parent, Figure):
                self.visits, self.left_out = [], 0  # the last pass tells
            for artist in artists:
                self._visit(artist, renderer, tape.calls if draws else None, whole)

        image._draw_list_compositing_images = draw_children
        try:
            with self._answering_for_axes(whole=whole):
                yield
        finally:
            image._draw_list_compositing_images = original
            self._forget_removed()

    @contextmanager
    def _answering_for_axes(self, *, whole: bool) -> Iterator[None]:
        """Answer what is asked of axes that have not changed."""
        measure, update = Axis.get_tightbbox, Axis._update_ticks

        def get_tightbbox(axis: Any, renderer: Any = None, *, for_layout_only: bool = False) -> Any:
            key = "box for layout" if for_layout_only else "box"
            box = self._asked(axis, key, lambda: measure(axis, renderer, for_layout_only=for_layout_only), whole)
            return box and Bbox(box.get_points().copy())

        def update_ticks(axis: Any) -> Any:
            return list(self._asked(axis, "ticks", lambda: update(axis), whole))

        Axis.get_tightbbox, Axis._update_ticks = get_tightbbox, update_ticks
        try:
            yield
        finally:
            Axis.get_tightbbox, Axis._update_ticks = measure, update

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

    def _let_go(self) -> None:
        """Forget how the last recording came about."""
        if self.arrangement is not None:
            self.arrangement.leave()
        if self._background is not None:
            self._background.forget()
        self.arrangement = self._background = self._at_rest = None
        self._resting = []

    def _forget_removed(self) -> None:
        """Let go of artists that are no longer in the figure."""
        for known in [known for known in self._known.values() if known.seen != self._frame]:
            known.forget()
            del self._known[id(known.artist)]

    def _visit(self, artist: Any, renderer: Any, calls: list[Call] | None, whole: bool) -> None:
        """Draw an artist, or take its calls again; without *calls*, nothing comes of its draw."""
        begin = len(calls or ())
        place = len(self.visits)
        self.visits.append(Visit(artist, begin, begin))
        if isinstance(artist, CONTAINERS):
            artist.draw(renderer)  # comes back here with its children
            return
        known = self._known.get(id(artist))
        if known is None:
            known = self._known[id(artist)] = Remembered(artist)
            known.try_at = self._frame + 1  # many are made for one frame
        known.seen = self._frame
        if not whole and known.is_unchanged(self._frame):
            self.left_out += 1
            if calls is not None:
                calls.extend(known.calls)
                known.wait = 1
        else:
            self._draw(known, renderer)
            if calls is not None:
                self._remember(known, calls[begin:], whole)
        self.visits[place] = Visit(artist, begin, len(calls or ()))

    def _draw(self, known: Remembered, renderer: Any) -> None:
        barrier = self._barrier
        barrier.writing, before = known, barrier.writing
        try:
            known.artist.draw(renderer)
        finally:
            barrier.writing = before

    def _remember(self, known: Remembered, calls: Sequence[Call], whole: bool) -> None:
        """Keep what an artist drew, if it can be told when it would draw the same."""
        if known.footprint is not None and not whole:
            self._put_off(known)  # it moved: no use in watching it
        known.forget()
        if self._frame < known.try_at or not self._barrier.raised:
            return
        if any(call.mask is not None for call in calls):
            return  # a mask depends on the calls before
        try:
            known.footprint = Footprint(known.artist, self._barrier, known)
        except Doubtful:
            self._put_off(known)
        else:
            known.calls, known.clean = tuple(calls), True

    def _put_off(self, known: Remembered) -> None:
        """Try again after twice as many recordings: that costs no more than the artist's draws until then."""
        known.wait = min(_LONGEST_WAIT, 2 * known.wait)
        known.try_at = self._frame + known.wait - 1
