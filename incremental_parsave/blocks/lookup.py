"""The lookup of blocks in the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..cache.records import FORMAT
from ..cache.store import Store
from ..keys.canonical import Digest
from ..model import Block, Outcome, Reason, SeamState, Segment

_MOST_VARIANTS = 8

Read = tuple[str, str, str]
"""Kind, name and digest of one read."""


class BlockLookup:
    """Looks blocks up in the cache, by their inputs (question 1) or by their frames (question 2).

    Parameters
    ----------
    store : Store
    settings : str
        Digest of the settings that turn frames into a segment: encoding and encoder.
    answer_no_because : Reason or None
        If given, no block is found, for this reason.
    write : bool
        Whether to save answers for the next build.
    """

    def __init__(self, store: Store, settings: str, *, answer_no_because: Reason | None, write: bool) -> None:
        self._store, self._settings, self._no, self._write = store, settings, answer_no_because, write

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
        """Look up a block as `ask_inputs` does; *key* is the digest of its fingerprints.

        They do not depend on what is hidden, so the seams of the outcome do not tell it.
        """
        found = self._ask("fingerprints", key, block, still)
        if found is None:
            return None
        outcome, reads = found
        after = outcome.after and SeamState(outcome.after.look)
        return replace(outcome, first=SeamState(outcome.first.look), after=after), reads

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
                first, after = [seam and SeamState(*seam) for seam in variant["seams"]]
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
