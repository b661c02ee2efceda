"""Recording only what moved since the last recording, without a pass through the figure.

That is done as long as the figure would come to the same `Arrangement`; of its
artists, those that rest are seen to be at rest all at once, and the others are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..calls.calls import Call
from .artist_cache import Memory, Remembered
from .batch_snapshot import InPlace
from .draw_order import Arrangement, Visit


class WhatMoved:
    """Tells what of a figure rests and what moves.

    Parameters
    ----------
    memory : Memory
        What its artists drew when they were last recorded.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._arrangement: Arrangement | None = None
        self._background: Remembered | None = None  # of the figure
        self._resting: list[Remembered] = []
        self._at_rest: InPlace | None = None

    @property
    def is_arranged(self) -> bool:
        """Whether it is known how the last recording came about."""
        return self._arrangement is not None

    def arrange(self, figure: Any, calls: Sequence[Call], savefig_kwargs: dict[str, Any], *, at_rest: bool) -> None:
        """Keep how the recording came about that was made just now by a pass through the figure.

        The parameters are those of `Arrangement.of`.
        """
        memory = self._memory
        self._arrangement = Arrangement.of(
            figure, memory.visits, calls, savefig_kwargs, memory.barrier, at_rest=at_rest
        )
        if self._arrangement is None:
            return
        self._background = Remembered(figure.patch)
        memory.remember(self._background, self._arrangement.head, whole=True)

    def let_go(self) -> None:
        """Forget how the last recording came about."""
        if self._arrangement is not None:
            self._arrangement.leave()
        if self._background is not None:
            self._background.forget()
        self._arrangement = self._background = self._at_rest = None
        self._resting = []

    def holds(self, savefig_kwargs: dict[str, Any] | None = None) -> bool:
        """Whether only artists that may do so have moved since the last recording.

        The figure has the dpi of the movie.
        """
        memory, arrangement = self._memory, self._arrangement
        if arrangement is None or not memory.has_these_settings() or not arrangement.is_same(savefig_kwargs):
            return False
        memory.begin()
        if not self._all_at_rest() and not self._find_moving(arrangement):
            return False
        resting = set(map(id, self._resting))
        return arrangement.allows(each.artist for each in memory.of(arrangement.leaves) if id(each) not in resting)

    def record(self, tape: Any, renderer: Any, savefig_kwargs: dict[str, Any]) -> bool:
        """Record on *tape* what moved, and take the rest from the last recording; False if that cannot be.

        The figure has the dpi of the movie.
        """
        arrangement = self._arrangement
        if arrangement is None or not self.holds(savefig_kwargs):
            return False
        memory, resting = self._memory, set(map(id, self._resting))
        leaves = memory.of(arrangement.leaves)
        with memory.answering_for_axes(whole=False):
            arrangement.place_titles([each.artist for each in leaves if id(each) not in resting], renderer)
        calls: list[Call] = tape.calls
        calls.extend(arrangement.head)
        memory.visits, memory.left_out = [], 0
        for each in leaves:
            if id(each) in resting and each.clean:
                begin = len(calls)
                calls.extend(each.calls)
                memory.visits.append(Visit(each.artist, begin, len(calls)))
                memory.left_out += 1
            elif id(each) not in resting or arrangement.may_move(each.artist):
                memory.visit(each.artist, renderer, calls, whole=False)
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
            and self._at_rest.is_unchanged(self._memory.frame)
        )

    def _find_moving(self, arrangement: Arrangement) -> bool:
        """Tell apart what rests and what moves; return whether only what may move does."""
        assert self._background is not None
        frame = self._memory.frame
        of_last = self._resting or self._memory.of(arrangement.leaves)
        resting = [self._background]
        for known in of_last:
            if known is self._background:
                continue
            if known.is_unchanged(frame):
                resting.append(known)
            elif not arrangement.may_move(known.artist):
                return False
        if not self._background.is_unchanged(frame):
            return False
        self._resting = resting
        self._at_rest = InPlace.of_all(known.footprint.held for known in resting if known.footprint is not None)
        self._memory.barrier.note_after_deaf(self._at_rest)
        return True
