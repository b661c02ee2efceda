"""The block layout, and the lookup of blocks in the cache."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..cache.records import FORMAT
from ..cache.store import Store
from ..keys.canonical import Digest
from ..model import Block, Outcome, Reason, Segment

_SHORTEST_TAIL = 3
_MOST_VARIANTS = 8
_SEEN_SOON = 4  # about this many blocks from the playhead on get a higher rank

Read = tuple[str, str, str]
"""Kind, name and digest of one read."""


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
        The frame that the user looks at.
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


class BlockLookup:
    """Looks blocks up in the cache, by their inputs (question 1) or by their frames (question 2).

    Parameters
    ----------
    store : Store
    settings : str
        Digest of the settings that turn frames into a segment: encoding and encoder.
    no : Reason or None
        If given, the answer to every question is no, for this reason.
    write : bool
        Whether to save answers for the next build.
    """

    def __init__(self, store: Store, settings: str, *, no: Reason | None, write: bool) -> None:
        self._store, self._settings, self._no, self._write = store, settings, no, write

    # -- question 2 -------------------------------------------------------

    def _frames_key(self, frames: Sequence[str]) -> str:
        digest = Digest("frames").add("format", FORMAT).add("settings", self._settings)
        for frame in frames:
            digest.add("frame", frame)
        return digest.hexdigest()

    def ask_frames(self, frames: Sequence[str]) -> tuple[Reason, Segment | None]:
        """Return the reason to reuse or render the block with these *frames*, and its segment if it is known.

        Parameters
        ----------
        frames : sequence of str
            Digests of display lists or of pixels; one kind never matches the other.
        """
        if self._no is not None:
            return self._no, None
        record = self._store.read("frames", self._frames_key(frames))
        if record is None:
            return Reason.NEW_FRAMES, None
        segment = Segment.from_json(record["segment"])
        if not self._store.has(segment):
            return Reason.DAMAGED, None
        return Reason.SAME_FRAMES, segment

    def may_know(self, first: str) -> bool:
        """Whether there may be a known block whose first frame has the digest *first*."""
        return self._no is None and self._store.read("beginnings", self._frames_key([first])) is not None

    def keep_frames(self, frames: Sequence[str], segment: Segment) -> None:
        """Save *segment* as the result of encoding these *frames*."""
        # Write the beginning first: without it, a known block would be encoded again.
        self._store.write("beginnings", self._frames_key(frames[:1]), {})
        self._store.write("frames", self._frames_key(frames), {"segment": segment.to_json()})

    def ask_fingerprints(
        self, key: str, block: Block, still: Callable[[str, str, str], bool]
    ) -> tuple[Outcome, list[Read]] | None:
        """Look up a block as `ask_inputs` does; *key* is the digest of its fingerprints."""
        return self._ask("fingerprints", key, block, still)

    def may_know_fingerprints(self, beginning: str) -> bool:
        """Whether there may be a known block whose first fingerprint has the digest *beginning*."""
        return self._no is None and self._store.read("beginnings", beginning) is not None

    def keep_fingerprints(self, key: str, beginning: str, reads: Sequence[Read], outcome: Outcome) -> None:
        """Save the outcome of a block under its fingerprints.

        Parameters
        ----------
        key : str
            Digest of the fingerprints.
        beginning : str
            Digest of the first fingerprint.
        reads : sequence of Read
            What was read while the block was drawn.
        outcome : Outcome
        """
        if self._write:
            self._store.write("beginnings", beginning, {})
        self._keep("fingerprints", key, reads, outcome)

    # -- question 1 -------------------------------------------------------

    def ask_inputs(
        self, key: str, block: Block, still: Callable[[str, str, str], bool]
    ) -> tuple[Outcome, list[Read]] | None:
        """Return the outcome of *block* in an earlier build and what it read then, if these reads are unchanged.

        Parameters
        ----------
        key : str
            Digest of everything that decides how the block looks, except what is read within it.
        block : Block
        still : callable
            Called with the kind, name and digest of a read; returns whether reading it now gives that digest.
        """
        found = self._ask("inputs", key, block, still)
        return found and (replace(found[0], reason=Reason.INPUTS_UNCHANGED), found[1])

    def _ask(
        self, kind: str, key: str, block: Block, still: Callable[[str, str, str], bool]
    ) -> tuple[Outcome, list[Read]] | None:
        if self._no is not None:
            return None
        record = self._store.read(kind, key)
        for variant in record["variants"] if record else ():
            reads: list[Read] = [tuple(read) for read in variant["reads"]]
            if not all(still(*read) for read in reads):
                continue
            frames = tuple(variant["frames"])
            reason, segment = self.ask_frames(frames)
            if reason.reused:
                block = replace(block, stop=block.start + len(frames))
                first, after = variant["seams"]
                return Outcome(block, reason, segment, frames, first, after), reads
        return None

    def keep_inputs(self, key: str, reads: Sequence[Read], outcome: Outcome) -> None:
        """Save *outcome* under *key*, for a block that read *reads*."""
        self._keep("inputs", key, reads, outcome)

    def _keep(self, kind: str, key: str, reads: Sequence[Read], outcome: Outcome) -> None:
        if not self._write:
            return
        variant = {
            "reads": sorted(list(read) for read in reads),
            "frames": list(outcome.frames),
            "seams": [outcome.first, outcome.after],
        }
        record = self._store.read(kind, key) or {"variants": []}
        others = [v for v in record["variants"] if v["reads"] != variant["reads"]]
        self._store.write(kind, key, {"variants": [variant, *others][:_MOST_VARIANTS]})
