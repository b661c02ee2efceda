"""Cache the drawing calls of each artist, and reuse them while the artist is unchanged.

While a frame is recorded, matplotlib traverses the figure as usual, but an artist
whose `Footprint` is unchanged is not drawn: the calls from its last recording are
reused.  An untrackable artist is drawn in every frame.

Only the children of a figure and of its axes are left out.  The work that the figure
and its axes do themselves (resolving limits and aspects, placing titles, sorting
children) is done in every frame, unless it is known to give the same result.  In that
case only the artists that changed are drawn (see `incremental`).

The private names `_draw_list_compositing_images` and `Axis._update_ticks` were checked
on matplotlib 3.10.0 and 3.11.2.  If one of them is missing, no artist is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib import image
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from ..calls.calls import Call
from ..settings import Settings
from ..shortcuts.updated_ticks import UpdatedTicks
from .barrier import Barrier
from .draw_order import CONTAINERS, Visit, is_hidden
from .footprint import Footprint, owners_of, roots_of
from .identity import identity
from .known_classes import Untrackable, is_matplotlibs_class, leaves_nothing

HAS_PRIVATE_HOOKS = hasattr(image, "_draw_list_compositing_images") and hasattr(Axis, "_update_ticks")
"""Whether the private functions of matplotlib that are replaced here exist."""

_LONGEST_WAIT = 64  # maximum number of recordings between attempts to cache an artist that keeps changing


class CachedArtist:
    """The cached calls of one artist.

    Attributes
    ----------
    clean : bool
        Whether nothing has been assigned to the objects that the artist depends on.
    answers : dict
        Cached extents and ticks, if the artist is an axis.
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
        """Whether the artist would make the same calls again in recording number *frame*."""
        return self.clean and self.footprint is not None and self.footprint.held.is_unchanged(frame)

    def forget(self) -> None:
        """Invalidate the entry, so that the artist is drawn next time."""
        if self.footprint is not None:
            self.footprint.leave()
        self.footprint, self.clean = None, False
        self.answers = {}


class ArtistCache:
    """The cache entries of all artists of one figure.

    Parameters
    ----------
    barrier : Barrier

    Attributes
    ----------
    barrier : Barrier
    frame : int
        Number of the last recording.
    visits : list of Visit
        The artists of the last recording, in drawing order.
    left_out : int
        Number of artists that the last recording did not draw.
    """

    def __init__(self, barrier: Barrier) -> None:
        self.barrier = barrier
        self._known: dict[int, CachedArtist] = {}
        self.frame = 0
        self._settings: Settings | None = None
        self._ticks = UpdatedTicks()
        self.visits: list[Visit] = []
        self.left_out = 0

    def of(self, artists: Iterable[Any]) -> list[CachedArtist]:
        """Return the entries of *artists*, each of which has been recorded."""
        return [self._known[identity(artist)] for artist in artists]

    def begin(self) -> None:
        """Begin a new recording, or a check whether one is needed."""
        self.frame += 1
        self._ticks.forget()

    def has_these_settings(self) -> bool:
        """Whether matplotlib's settings are the ones with which all entries were recorded."""
        return self._settings is not None and self._settings.are_in_force()

    def forget(self) -> None:
        """Invalidate all entries."""
        for known in self._known.values():
            known.forget()

    # -- a pass through the figure ------------------------------------------

    @contextmanager
    def recording(self, tape: Any, *, whole: bool, for_layout: bool = False) -> Iterator[None]:
        """Record a frame on *tape* within this context.

        Parameters
        ----------
        tape : object
            Receives the calls.
        whole : bool
            Draw every artist, whether it has changed or not.
        for_layout : bool
            Draw only for the effects that a layout engine can see in the next draw; the calls do not matter.
        """
        self.begin()
        self.visits, self.left_out = [], 0
        if not HAS_PRIVATE_HOOKS:
            yield
            return
        if not self.has_these_settings() or not self.barrier.raised:
            self.forget()
            self._settings = Settings()
        original = image._draw_list_compositing_images

        def draw_children(renderer: Any, parent: Any, artists: Sequence[Any], suppress_composite: Any = None) -> None:
            # Either images are to be composited, or an Agg filter makes artists draw on a separate canvas.
            if suppress_composite is False or renderer._renderer is not tape:
                original(renderer, parent, artists, suppress_composite)
                return
            # For a layout, ``savefig`` draws the figure with a renderer whose methods do nothing.
            draws = renderer.draw_markers is tape.draw_markers and not for_layout
            if isinstance(parent, Figure):
                self.visits, self.left_out = [], 0  # only the last pass counts
            for artist in artists:
                self.visit(artist, renderer, tape.calls if draws else None, whole)

        image._draw_list_compositing_images = draw_children
        try:
            with self.caching_axis_queries(whole=whole):
                yield
        finally:
            image._draw_list_compositing_images = original
            self._forget_removed()

    @contextmanager
    def caching_axis_queries(self, *, whole: bool) -> Iterator[None]:
        """Answer queries for the extent and ticks of unchanged axis objects from the cache."""
        measure, update = Axis.get_tightbbox, Axis._update_ticks

        def get_tightbbox(axis: Any, renderer: Any = None, *, for_layout_only: bool = False) -> Any:
            key = "box for layout" if for_layout_only else "box"
            box = self._answer(axis, key, lambda: measure(axis, renderer, for_layout_only=for_layout_only), whole)
            return box and Bbox(box.get_points().copy())

        def update_ticks(axis: Any) -> Any:
            return list(self._answer(axis, "ticks", lambda: self._ticks.of(axis, update), whole))

        Axis.get_tightbbox, Axis._update_ticks = get_tightbbox, update_ticks
        try:
            yield
        finally:
            Axis.get_tightbbox, Axis._update_ticks = measure, update

    def _answer(self, axis: Any, key: str, ask: Callable[[], Any], whole: bool) -> Any:
        """Answer a query that titles, spines and layouts make of an axis several times in every draw.

        While the axis is unchanged, *ask* is called only once.
        """
        known = self._known.get(identity(axis))
        if known is None or whole or known is self.barrier.writing or not known.is_unchanged(self.frame):
            return ask()
        if key not in known.answers:
            before, self.barrier.writing = self.barrier.writing, known
            try:
                answer = ask()
            finally:
                self.barrier.writing = before
            answers = known.answers
            self.remember(known, known.calls, whole=True)  # the answer has replaced the tick positions by equal arrays
            if known.footprint is None:
                return answer
            known.answers = {**answers, key: answer}
        return known.answers[key]

    def _forget_removed(self) -> None:
        """Drop the entries of artists that are no longer in the figure."""
        for known in [known for known in self._known.values() if known.seen != self.frame]:
            known.forget()
            del self._known[identity(known.artist)]

    def visit(self, artist: Any, renderer: Any, calls: list[Call] | None, whole: bool) -> None:
        """Draw an artist, or reuse its cached calls.

        The calls are appended to *calls*, which is None in a pass that draws nothing, such as one for a layout.
        """
        begin = len(calls or ())
        place = len(self.visits)
        self.visits.append(Visit(artist, begin, begin))
        if isinstance(artist, CONTAINERS):
            artist.draw(renderer)  # calls this method for each of its children
            return
        known = self._known.get(identity(artist))
        if known is None:
            known = self._known[identity(artist)] = CachedArtist(artist)
            known.try_at = self.frame + 1  # not in its first frame, since many artists exist for one frame only
        elif calls is None and leaves_nothing(artist):
            known.seen = self.frame
            return
        known.seen = self.frame
        if is_hidden(artist):
            known.forget()
            if whole:
                self._draw(known, renderer)
        elif not whole and known.is_unchanged(self.frame):
            self.left_out += 1
            if calls is not None:
                calls.extend(known.calls)
                known.wait = 1
        else:
            self._draw(known, renderer)
            if calls is not None:
                self.remember(known, calls[begin:], whole)
        self.visits[place] = Visit(artist, begin, len(calls or ()))

    def _draw(self, known: CachedArtist, renderer: Any) -> None:
        barrier = self.barrier
        barrier.writing, before = known, barrier.writing
        try:
            known.artist.draw(renderer)
        finally:
            barrier.writing = before
        kind: type = type(known.artist)
        if not is_matplotlibs_class(kind):
            self._ticks.forget()

    def remember(self, known: CachedArtist, calls: Sequence[Call], whole: bool) -> None:
        """Cache the calls of an artist, if it can be tracked."""
        if known.footprint is not None and not whole:
            self._put_off(known)  # it changed again, so watching it does not pay
        known.forget()
        if self.frame < known.try_at or not self.barrier.raised:
            return
        if any(call.mask is not None for call in calls):
            return  # the mask of a clip path depends on earlier calls
        try:
            artist = known.artist
            owners = owners_of(artist)
            known.footprint = Footprint(roots_of(artist), self.barrier, known, owners=owners, draws=bool(calls))
        except Untrackable:
            self._put_off(known)
        else:
            known.calls, known.clean = tuple(calls), True

    def _put_off(self, known: CachedArtist) -> None:
        """Wait four times as many recordings as before: walking through an artist costs about as much as drawing it."""
        known.wait = min(_LONGEST_WAIT, 4 * known.wait)
        known.try_at = self.frame + known.wait - 1
