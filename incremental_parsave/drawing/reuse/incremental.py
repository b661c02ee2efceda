"""Record only the artists that changed since the last recording, without a pass through the figure.

This is possible as long as a pass would result in the same `DrawOrder`.  All artists at
rest are checked in one batch, and the other artists are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..calls.calls import Call
from .artist_cache import ArtistCache, CachedArtist
from .batch_snapshot import BatchSnapshot
from .draw_order import DrawOrder, Visit
from .identity import identity


class IncrementalRecorder:
    """Keeps track of which artists of a figure are at rest, and records the others.

    Parameters
    ----------
    memory : ArtistCache
        The calls that the artists made when they were last recorded.
    """

    def __init__(self, memory: ArtistCache) -> None:
        self._memory = memory
        self._draw_order: DrawOrder | None = None
        self._background: CachedArtist | None = None  # the figure's patch
        self._resting: list[CachedArtist] = []
        self._at_rest: BatchSnapshot | None = None

    @property
    def is_arranged(self) -> bool:
        """Whether the draw order of the last recording is known."""
        return self._draw_order is not None

    def arrange(self, figure: Any, calls: Sequence[Call], savefig_kwargs: dict[str, Any], *, at_rest: bool) -> None:
        """Keep the draw order of the recording that was just made by a pass through the figure.

        The parameters are those of `DrawOrder.of`.
        """
        memory = self._memory
        self._draw_order = DrawOrder.of(figure, memory.visits, calls, savefig_kwargs, memory.barrier, at_rest=at_rest)
        if self._draw_order is None:
            return
        self._background = CachedArtist(figure.patch)
        memory.remember(self._background, self._draw_order.head, whole=True)

    def forget(self) -> None:
        """Forget the draw order of the last recording."""
        if self._draw_order is not None:
            self._draw_order.leave()
        if self._background is not None:
            self._background.forget()
        self._draw_order = self._background = self._at_rest = None
        self._resting = []

    def holds(self, savefig_kwargs: dict[str, Any] | None = None) -> bool:
        """Whether all artists that changed since the last recording are allowed to change (see `DrawOrder.may_move`).

        The figure must have the dpi of the movie.
        """
        memory, draw_order = self._memory, self._draw_order
        if draw_order is None or not memory.has_these_settings() or not draw_order.is_same(savefig_kwargs):
            return False
        memory.begin()
        if not self._all_at_rest() and not self._find_moving(draw_order):
            return False
        resting = set(map(identity, self._resting))
        return draw_order.allows(each.artist for each in memory.of(draw_order.leaves) if identity(each) not in resting)

    def record(self, tape: Any, renderer: Any, savefig_kwargs: dict[str, Any]) -> bool:
        """Record the changed artists on *tape*, and reuse all other calls; return False if that is not possible.

        The figure must have the dpi of the movie.
        """
        draw_order = self._draw_order
        if draw_order is None or not self.holds(savefig_kwargs):
            return False
        memory, resting = self._memory, set(map(identity, self._resting))
        leaves = memory.of(draw_order.leaves)
        with memory.caching_axis_queries(whole=False):
            draw_order.place_titles([each.artist for each in leaves if identity(each) not in resting], renderer)
        calls: list[Call] = tape.calls
        calls.extend(draw_order.head)
        memory.visits, memory.left_out = [], 0
        for each in leaves:
            if identity(each) in resting and each.clean:
                begin = len(calls)
                calls.extend(each.calls)
                memory.visits.append(Visit(each.artist, begin, len(calls)))
                memory.left_out += 1
            elif identity(each) not in resting or draw_order.may_move(each.artist):
                memory.visit(each.artist, renderer, calls, whole=False)
            else:
                return False  # drawing another artist has changed this one
        if self._at_rest is None or not self._at_rest.is_in_place():
            return False
        draw_order.settle()
        return True

    def _all_at_rest(self) -> bool:
        """Whether no artist that was at rest has changed."""
        return (
            self._at_rest is not None
            and all([known.clean for known in self._resting])
            and self._at_rest.is_unchanged(self._memory.frame)
        )

    def _find_moving(self, draw_order: DrawOrder) -> bool:
        """Separate artists at rest from changed ones; return whether all changed artists are allowed to."""
        assert self._background is not None
        frame = self._memory.frame
        of_last = self._resting or self._memory.of(draw_order.leaves)
        resting = [self._background]
        for known in of_last:
            if known is self._background:
                continue
            if known.is_unchanged(frame):
                resting.append(known)
            elif not draw_order.may_move(known.artist):
                return False
        if not self._background.is_unchanged(frame):
            return False
        self._resting = resting
        self._at_rest = BatchSnapshot.of_all(known.footprint.held for known in resting if known.footprint is not None)
        self._memory.barrier.track_while_suspended(self._at_rest)
        return True
