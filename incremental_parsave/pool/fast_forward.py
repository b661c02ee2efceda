"""Fast-forward: a worker that was forked before its block begins first steps to the block."""

from __future__ import annotations

import os
from collections.abc import Callable

from ..blocks.context import BuildContext
from ..frames.loop import FrameDriver, Takeover
from ..trust.guard import Guard
from .capture import Capture
from .forked import Forked
from .worker import Report
from .workers import Assignment, leave


class FastForward(Forked):
    """A `FrameDriver` that steps the frames before a block, as the stepper does, and draws none.

    Parameters
    ----------
    context : BuildContext
    assignment : Assignment
    capture : Capture
    guard : Guard
    since : int
        The frame that was due when the worker was forked.
    work : callable
        Returns the frame driver that takes over where the block begins.
    """

    def __init__(
        self,
        context: BuildContext,
        assignment: Assignment,
        capture: Capture,
        guard: Guard,
        since: int,
        work: Callable[[], FrameDriver],
    ) -> None:
        self._loop, self._inputs = context.loop, context.inputs
        self._capture, self._guard = capture, guard
        self._assignment, self._since, self._work = assignment, since, work
        self._stepper = os.getppid()

    def before(self, k: int) -> bool:
        """Continue; at the first frame of the block, let the worker's driver take over."""
        self._guard.disarm()
        if os.getppid() != self._stepper:
            leave(self._assignment.sending, Report().to_json())  # the stepper was killed: nothing waits for the block
        if self._inputs is not None and k > self._since:
            self._inputs.before(k)
        if k == self._assignment.block.start:
            raise Takeover(self._work())
        self._guard.arm()
        return True

    def frame(self, k: int) -> None:
        """Do the same as the stepper."""
        self._guard.disarm()
        self._guard.raise_refusal()
        self._capture.settle_stepped()
        self._guard.arm()

    def end(self, error: BaseException | None) -> None:
        """End the process: the stepper comes to the same end, and reports it."""
        self._guard.disarm()
        leave(self._assignment.sending, Report().to_json())
