"""Question 2 before anything is recorded: whether the artists hold the same as in an earlier build.

A block whose poses are known has the frames that were drawn of such poses then,
as long as what was read while they were drawn is unchanged.  The block's seam is one of its
poses, since what was drawn of it stands in the record.
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
from .plan import Planner

_PATIENCE = 10  # frames without a pose, after which none is expected to have one


class FingerprintsQuestion:
    """Takes the poses of the frames that are stepped, and asks for blocks by them.

    Parameters
    ----------
    loop : Loop
    planner : Planner
    inputs : InputsQuestion or None
        Tells what is read; without it, nothing is known by its poses.
    """

    def __init__(self, loop: Loop, planner: Planner, inputs: InputsQuestion | None) -> None:
        self._loop, self._planner, self._inputs = loop, planner, inputs
        self._fingerprints: Fingerprints | None = None
        self._taken: list[str | None] = []

    @property
    def is_asked(self) -> bool:
        """Whether the frames to come may have poses."""
        return self._fingerprints is not None

    def begin(self, first: DisplayList | None) -> None:
        """Take down the frame from which all others are stepped, if it was recorded."""
        if first is None or self._inputs is None:
            return
        with suppress(Untrackable):
            self._fingerprints = self._loop.fingerprints(first)

    def end(self) -> None:
        """Take no further pose: what the figure holds no longer follows from the first frame and from stepping."""
        self._fingerprints = None

    def take(self, k: int, *, whole: bool) -> None:
        """Take the pose of frame *k*, which was stepped; of one that ends a block, *whole*."""
        fingerprint = None
        try:
            if self._fingerprints is not None:
                fingerprint = self._fingerprints.take(whole=whole)
        except Exception:  # an artist was `Missed`, or cannot be drawn: whoever draws the block will say so
            self.end()
        self._taken += [None] * (k - len(self._taken))
        self._taken.append(fingerprint)
        if k == _PATIENCE and not any(self._taken[1:]):
            self.end()

    def may_know(self, block: Block, k: int) -> bool:
        """Whether the answer may still be yes for *block*, after frame *k* of it or of its seam."""
        fingerprint = self._taken[k] if k < len(self._taken) else None
        return fingerprint is not None and (k > block.start or self._planner.may_know_poses(_beginning(fingerprint)))

    def ask(self, block: Block, frames: int) -> Known | None:
        """Return what became of *block* in an earlier build, if its poses are the same, of *frames* in all so far."""
        key = self._key(block, frames)
        if key is None or self._inputs is None:
            return None
        found = self._planner.ask_poses(key, block, self._inputs.still)
        return Known(*found) if found else None

    def keep(self, outcome: Outcome, reads: Reads, frames: int) -> None:
        """Remember what became of a block, in whose drawing *reads* were read."""
        key = self._key(outcome.block, frames)
        first = self._taken[outcome.block.start] if key is not None else None
        if key is not None and first is not None:
            self._planner.keep_poses(key, _beginning(first), reads, outcome)

    def _key(self, block: Block, frames: int) -> str | None:
        """Return the key of *block*; None if a frame of it or its seam has no pose."""
        fingerprints: Sequence[str | None] = self._taken[block.start : min(block.stop + 1, frames)]
        if not fingerprints or None in fingerprints:
            return None
        digest = Digest("poses").add("format", FORMAT)
        for fingerprint in fingerprints:
            digest.add("pose", fingerprint or "")
        return digest.add("frames", min(block.stop, frames) - block.start).hexdigest()


def _beginning(fingerprint: str) -> str:
    return Digest("beginning").add("format", FORMAT).add("pose", fingerprint).hexdigest()
