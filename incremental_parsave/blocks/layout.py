"""The block layout, and which blocks to draw first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ..model import Block

_SHORTEST_TAIL = 3
_SEEN_SOON = 4  # about this many blocks, from the playhead on, get a higher rank


class BlockLayout:
    """Where the blocks of a movie begin: a function of its frames alone.

    Parameters
    ----------
    total : int or None
        Number of frames; None if it is not known in advance.
    size : int
        Frames per block; 0 for a single block.
    lengths : sequence of int, optional
        The length of each block, if the caller chose them.
    span : tuple of int or None
        Draw only the frames ``[a, b)``.

    Notes
    -----
    A tail of one or two frames is added to the block before it: an encoder's
    B-frames need three frames to be joined cleanly.
    """

    def __init__(
        self,
        total: int | None,
        size: int,
        lengths: Sequence[int] = (),
        span: tuple[int, int | None] | None = None,
    ) -> None:
        self._total, self._size = total, size
        self.first, self.end = span or (0, total)
        if self.end is None or (total is not None and self.end > total):
            self.end = total
        self._starts: list[int] | None = None
        if lengths:
            self._starts = [sum(lengths[:i]) for i in range(len(lengths))]
        elif total is not None:
            self._starts = list(range(0, max(1, total), size)) if size else [0]
            if len(self._starts) > 1 and total - self._starts[-1] < _SHORTEST_TAIL <= size:
                self._starts.pop()
        elif not size:
            self._starts = [0]
        self._origin = self.block_of(self.first)[0] if span else 0

    def block_of(self, k: int) -> tuple[int, int, int | None]:
        """Return the number, first frame and end of the block that holds frame *k* in the whole movie."""
        if self._starts is None:
            number = k // self._size
            return number, number * self._size, (number + 1) * self._size
        number = bisect_right(self._starts, k) - 1
        stop = self._starts[number + 1] if number + 1 < len(self._starts) else self._total
        return number, self._starts[number], stop

    def starting_at(self, k: int) -> Block | None:
        """Return the block to draw that begins at frame *k*, or None if none begins there."""
        if k < self.first or (self.end is not None and k >= self.end):
            return None
        number, start, stop = self.block_of(k)
        if k not in (start, self.first):
            return None
        ends = [end for end in (stop, self.end) if end is not None]
        return Block(number - self._origin, k, min(ends) if ends else _FAR)

    @property
    def count(self) -> int | None:
        """Number of blocks to draw; None if it is not known in advance."""
        if self._starts is not None and len(self._starts) == 1:
            return 1
        if self.end is None:
            return None
        return self.block_of(max(self.first, self.end - 1))[0] - self._origin + 1

    def blocks(self) -> list[Block]:
        """Return the blocks to draw; an empty list if the number of frames is not known in advance."""
        found: list[Block] = []
        while self.end is not None and (block := self.starting_at(found[-1].stop if found else self.first)) is not None:
            found.append(block)
        return found

    @property
    def shortest(self) -> int:
        """The smallest number of frames that a block may have."""
        return min((block.stop - block.start for block in self.blocks()), default=1)


_FAR = 1 << 60  # end of a single block whose length is not known yet


@dataclass(frozen=True)
class Priorities:
    """Which blocks to draw first.

    Attributes
    ----------
    near : int or None
        The frame at the playhead of the preview.
    changed : tuple of int
        Frames that the last edit changed; the next edit often changes the same ones.
    """

    near: int | None = None
    changed: tuple[int, ...] = ()

    @property
    def says_anything(self) -> bool:
        """Whether any block has priority over others."""
        return self.near is not None or bool(self.changed)

    def changes(self, block: Block) -> bool:
        """Whether the last edit changed *block*."""
        return any(block.start <= k < block.stop for k in self.changed)

    def rank(self, block: Block) -> int:
        """Return the rank of *block*: blocks of a higher rank are drawn earlier."""
        if self.changes(block):
            return _SEEN_SOON + 2
        if self.near is None or block.stop <= self.near:
            return 0
        # The block that holds the playhead has the smallest quotient, so it comes before those that follow.
        return max(0, _SEEN_SOON - (block.start - self.near) // max(1, block.stop - block.start))
