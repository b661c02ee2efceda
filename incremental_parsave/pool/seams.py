"""Where two blocks meet, what one was drawn from must be what the other ends in.

A block is accepted only in order, when all seams from block 0 to it have held.
"""

from __future__ import annotations

from ..blocks.fingerprint_question import FingerprintsQuestion
from ..blocks.inputs_question import InputsQuestion, Known
from ..model import Block, Outcome
from ..trust.guard import Refused
from .worker import Report


class Seams:
    """The blocks of a movie, as they come from the store and from workers.

    Parameters
    ----------
    inputs : InputsQuestion or None
        Told of every block that is accepted, to keep it for the next build.
    fingerprints : FingerprintsQuestion
        Likewise.

    Attributes
    ----------
    outcomes : list of Outcome
        Of the blocks that were accepted, in order.
    """

    def __init__(self, inputs: InputsQuestion | None, fingerprints: FingerprintsQuestion) -> None:
        self._inputs, self._fingerprints = inputs, fingerprints
        self._blocks: list[Block] = []
        self._known: dict[int, Known] = {}
        self._reports: dict[int, Report] = {}
        self._states: dict[int, str] = {}
        self.outcomes: list[Outcome] = []

    @property
    def known_first(self) -> str | None:
        """Digest of frame 0, if the block in which it is was found by its inputs."""
        known = self._known.get(0)
        return known.outcome.first if known is not None and known.outcome.block.start == 0 else None

    def stepped_to(self, k: int, state: str) -> None:
        """Note the state of the stepper before frame *k*."""
        self._states[k] = state

    def begin(self, block: Block, known: Known | None = None) -> None:
        """Expect *block* next; it may be known by its inputs."""
        self._blocks.append(block)
        if known is not None:
            self._known[block.index] = known

    def report(self, block: Block, report: Report) -> None:
        """Take the report of the worker of *block*."""
        self._reports[block.index] = report

    def hold(self, stepped: int, *, over: bool) -> None:
        """Accept blocks as far as they are done.

        Parameters
        ----------
        stepped : int
            How many frames the stepper has stepped.
        over : bool
            Whether there are no more.

        Raises
        ------
        Refused
            If what was drawn does not follow from what was stepped.
        """
        while len(self.outcomes) < len(self._blocks):
            block = self._blocks[len(self.outcomes)]
            known, report = self._known.get(block.index), self._reports.get(block.index)
            outcome = known.outcome if known else report.outcome if report else None
            if outcome is None or not (over or stepped > outcome.block.stop):
                return
            self._hold_one(outcome, known, report, stepped)
            self.outcomes.append(outcome)

    def _hold_one(self, outcome: Outcome, known: Known | None, report: Report | None, stepped: int) -> None:
        block = outcome.block
        if self.outcomes and self.outcomes[-1].after != outcome.first:
            raise Refused(f"frame {block.start} depends on the drawing of the frames before it")
        stepped_to = self._states.get(block.stop)
        if report is not None and None not in (report.state, stepped_to) and report.state != stepped_to:
            raise Refused(f"drawing {block} changes what later frames depend on")
        if self._inputs is None:
            return
        if known is not None and (unforeseen := self._inputs.mispredicted(known)):
            raise Refused(unforeseen)
        if known is not None:
            self._inputs.accept(known)
        if report is not None:
            self._inputs.publish(outcome, report.reads)
        if report is not None and report.state is not None and report.reads is not None:
            self._fingerprints.keep(outcome, report.reads, stepped)

    def missing(self, frames: int) -> Block | None:
        """Return the first block of a movie of *frames* frames that was not accepted."""
        rest = self._blocks[len(self.outcomes) :]
        return next((block for block in rest if block.start < frames), None)
