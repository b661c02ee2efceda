"""Question 2, asked before anything is recorded: whether a block is known by its frame fingerprints.

Frames with the same fingerprints as in an earlier build look as they did then, provided that
everything that was read while they were drawn is unchanged.  The fingerprint of the block's seam
is part of the key, because the record also holds the digest of the seam.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ..cache.records import FORMAT
from ..drawing.calls.display_list import DisplayList
from ..drawing.reuse.fingerprint import Fingerprints
from ..drawing.reuse.known_classes import Untrackable
from ..frames.loop import Loop
from ..keys.canonical import Digest
from ..model import Block, Outcome
from ..tracing.inputs import Reads
from .inputs_question import InputsQuestion, Known
from .lookup import BlockLookup

_PATIENCE = 10  # if none of this many frames has a fingerprint, no more are taken


class FingerprintsQuestion:
    """Takes the fingerprints of stepped frames, and looks blocks up by them.

    Parameters
    ----------
    loop : Loop
    lookup : BlockLookup
    inputs : InputsQuestion or None
        Compares what was read.  Without it, no block is known by its fingerprints.
    """

    def __init__(self, loop: Loop, lookup: BlockLookup, inputs: InputsQuestion | None) -> None:
        self._loop, self._lookup, self._inputs = loop, lookup, inputs
        self._fingerprints: Fingerprints | None = None
        self._taken: list[str | None] = []

    @property
    def is_asked(self) -> bool:
        """Whether later frames may have fingerprints."""
        return self._fingerprints is not None

    def begin(self, first: DisplayList | None) -> None:
        """Prepare to take fingerprints; *first* is the recording of the first frame, or None if it was not recorded."""
        if first is None or self._inputs is None:
            return
        with suppress(Untrackable):
            self._fingerprints = self._loop.fingerprints(first)

    def end(self) -> None:
        """Take no more fingerprints: the figure's state no longer follows from the first frame and stepping alone."""
        self._fingerprints = None

    def take(self, k: int, *, whole: bool) -> None:
        """Take the fingerprint of frame *k*, the last that was stepped; compare all artists by value if *whole*."""
        fingerprint = None
        try:
            if self._fingerprints is not None:
                fingerprint = self._fingerprints.take(whole=whole)
        except Exception:  # `Missed`, or an artist is broken: drawing the block will show it
            self.end()
        self._taken += [None] * (k - len(self._taken))
        self._taken.append(fingerprint)
        if k == _PATIENCE and not any(self._taken[1:]):
            self.end()

    def may_know(self, block: Block, k: int) -> bool:
        """Whether *block* may still turn out to be known after frame *k*, which is in the block or is its seam."""
        fingerprint = self._taken[k] if k < len(self._taken) else None
        return fingerprint is not None and (
            k > block.start or self._lookup.may_know_fingerprints(_beginning(fingerprint))
        )

    def ask(self, block: Block, frames: int) -> Known | None:
        """Return the outcome of *block* in an earlier build, or None if it is not known by its fingerprints.

        Parameters
        ----------
        block : Block
        frames : int
            Number of frames that were stepped so far.
        """
        key = self._key(block, frames)
        if key is None or self._inputs is None:
            return None
        found = self._lookup.ask_fingerprints(key, block, self._inputs.still)
        return Known(*found) if found else None

    def keep(self, outcome: Outcome, reads: Reads, frames: int) -> None:
        """Save the outcome of a block under its fingerprints.

        Parameters
        ----------
        outcome : Outcome
        reads : Reads
            What was read while the block was drawn.
        frames : int
            Number of frames that were stepped so far.
        """
        key = self._key(outcome.block, frames)
        first = self._taken[outcome.block.start] if key is not None else None
        if key is not None and first is not None:
            self._lookup.keep_fingerprints(key, _beginning(first), reads, outcome)

    def _key(self, block: Block, frames: int) -> str | None:
        """Return the key of *block*; None if one of its frames, or its seam, has no fingerprint."""
        fingerprints: Sequence[str | None] = self._taken[block.start : min(block.stop + 1, frames)]
        if not fingerprints or None in fingerprints:
            return None
        digest = Digest("fingerprints").add("format", FORMAT)
        for fingerprint in fingerprints:
            digest.add("fingerprint", fingerprint or "")
        return digest.add("frames", min(block.stop, frames) - block.start).hexdigest()


def _beginning(fingerprint: str) -> str:
    return Digest("beginning").add("format", FORMAT).add("fingerprint", fingerprint).hexdigest()
