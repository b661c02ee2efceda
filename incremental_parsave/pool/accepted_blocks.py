"""Accept blocks whose seams have held: make the last checks, and save the blocks for the next build."""

from __future__ import annotations

from ..blocks.questions import FingerprintsQuestion, InputsQuestion, Known
from ..model import Block, Outcome, SeamState
from ..trust.guard import Refused
from .worker import Report


class AcceptedBlocks:
    """Saves accepted blocks under their keys, with what their workers reported, for the next build.

    Parameters
    ----------
    inputs : InputsQuestion or None
        Saves each accepted block by its inputs.
    fingerprints : FingerprintsQuestion
        Saves each accepted block by its fingerprints.
    """

    def __init__(self, inputs: InputsQuestion | None, fingerprints: FingerprintsQuestion) -> None:
        self._inputs, self._fingerprints = inputs, fingerprints
        self._known: dict[Block, Known] = {}
        self._reports: dict[Block, Report] = {}

    @property
    def known_first(self) -> SeamState | None:
        """The state at frame 0 in an earlier build, if its block was found by its inputs; else None."""
        return next((known.outcome.first for block, known in self._known.items() if block.start == 0), None)

    def known(self, block: Block, known: Known) -> None:
        """Note that *block* was found by its inputs."""
        self._known[block] = known

    def reported(self, block: Block, report: Report) -> None:
        """Note the report of the worker of *block*."""
        self._reports[block] = report

    def report(self, block: Block) -> Report:
        """Return the report of the worker of *block*."""
        return self._reports[block]

    def accept(self, outcome: Outcome, stepped: int) -> None:
        """Save a block whose seams have held, after *stepped* frames were stepped.

        Raises
        ------
        Refused
            If the block was found by its inputs, and the stepper has read something in it that the record
            does not list.
        """
        known, report = self._known.get(outcome.block), self._reports.get(outcome.block)
        if self._inputs is None:
            return
        if known is not None:
            if unforeseen := self._inputs.mispredicted(known):
                raise Refused(unforeseen)
            self._inputs.accept(known)
        if report is not None:
            self._inputs.publish(outcome, report.reads)
            if report.state is not None and report.reads is not None:
                self._fingerprints.keep(outcome, report.reads, stepped)
