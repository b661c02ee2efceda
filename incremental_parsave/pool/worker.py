"""A worker: it is forked in the middle of the loop, steps to its block if it must, and draws it."""

from __future__ import annotations

import base64
import os
import pickle
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from .. import errors
from ..blocks.context import BuildContext
from ..blocks.render import CannotReplay
from ..frames.loop import FrameDriver, Takeover
from ..model import Block, Outcome, Reason, SeamState, Segment
from ..processes import own
from ..protocol.tracebacks import format_user_error
from ..tracing import audit
from ..tracing.inputs import Reads
from ..trust.guard import Guard, Refused
from .capture import Capture
from .forked import Forked
from .workers import Assignment, leave

if TYPE_CHECKING:
    from ..protocol.messages import WorkerReport

T = TypeVar("T")


@dataclass
class Report:
    """The report of a worker; `protocol.messages.WorkerReport` describes the fields."""

    outcome: Outcome | None = None
    state: str | None = None
    reads: Reads | None = None
    refused: str = ""
    error: str = ""
    error_text: str = ""
    error_frame: int = -1
    drawing: bool = False
    seconds: float = 0.0

    @classmethod
    def from_json(cls, row: WorkerReport) -> Report:
        """Return the report that was sent as *row*."""
        fields: dict[str, Any] = {**row, "outcome": None}
        report = cls(**fields)
        if (sent := row["outcome"]) is not None:
            report.outcome = Outcome(
                Block(**sent["block"]),
                Reason[sent["reason"]],
                Segment(**sent["segment"]) if sent["segment"] else None,
                tuple(sent["frames"]),
                SeamState(*sent["first"]),
                SeamState(*sent["after"]) if sent["after"] is not None else None,
            )
        if row["reads"] is not None:
            report.reads = [(kind, name, digest) for kind, name, digest in row["reads"]]
        return report

    def to_json(self) -> WorkerReport:
        """Return the report in the form in which it is sent."""
        row: Any = asdict(self)
        if self.outcome is not None:
            row["outcome"]["reason"] = self.outcome.reason.name
        sent: WorkerReport = row
        return sent

    def exception(self, block: Block) -> BaseException | None:
        """Return the exception that the worker of *block* raised, or None."""
        if not self.error_text:
            return None
        if not self.error:
            return errors.WorkerError(
                f"the worker of {block} failed at frame {self.error_frame}", detail=self.error_text
            )
        exception: BaseException = pickle.loads(base64.b64decode(self.error))
        if not isinstance(exception, errors.IparsaveError | SystemExit):
            exception.add_note(f"in the worker of {block}, at frame {self.error_frame}:\n{self.error_text}")
        return exception


class FastForward(Forked):
    """Drives a worker that was forked before its block begins: steps to it, as the stepper does, and draws nothing.

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


class Worker(Forked):
    """A `FrameDriver` that draws the frames of one block and its seam, then ends the process.

    Parameters
    ----------
    context : BuildContext
    assignment : Assignment
    capture : Capture
    guard : Guard
    installed : ExitStack
        Keeps the guard and the write barrier installed, as long as the worker holds this reference.
    """

    def __init__(
        self,
        context: BuildContext,
        assignment: Assignment,
        capture: Capture,
        guard: Guard,
        installed: ExitStack,
    ) -> None:
        self._loop, self._layout, self._block, self._sending = context.loop, context.layout, *assignment
        self._account, self._inputs = context.account, context.inputs
        self._capture, self._guard, self._installed = capture, guard, installed
        self._rendering = context.renderer.begin(self._block)
        self._loop.raise_barrier()
        self._begun = time.monotonic()
        self._first = SeamState("")
        self._state: str | None = None
        self._k = self._block.start
        self._drawing = False
        self._account.doing("drawing", self._block)

    def idle(self, draw: Callable[[], None]) -> None:
        """Draw only if there is a layout engine, which may need both draws of ``Animation.save``."""
        if self._loop.has_layout_engine:
            self._draw(self._capture.settle)

    def before(self, k: int) -> bool:
        """Prepare the first frame of the block; finish the block after its last frame."""
        self._guard.disarm()
        self._k = k
        if k == self._block.start > 0 and self._loop.has_layout_engine:
            self._draw(self._capture.settle)  # a layout may need more than one draw to come to rest
            self._draw(self._capture.take)
        if k == self._block.stop:
            self._close()
            if self._layout.end is not None and k >= self._layout.end:
                self._leave_with_outcome(None)
        self._guard.arm()
        return True

    def frame(self, k: int) -> None:
        """Draw frame *k*; after the seam, end the process."""
        self._guard.disarm()
        self._guard.raise_refusal()
        if k < self._block.stop:
            self._draw(lambda: self._capture.take(self._rendering))
            if k == self._block.start:
                self._first = self._capture.seam_state()
            self._account.drawn(self._block.index, last=k + 1 == self._block.stop)
            self._guard.arm()
        else:
            self._draw(self._capture.take)
            self._leave_with_outcome(self._capture.seam_state())

    def end(self, error: BaseException | None) -> None:
        """End the process, because the animation has ended or an exception was raised."""
        self._guard.disarm()
        if error is None and not self._guard.refusal:
            if not self._rendering.count:
                self._rendering.abandon()
                leave(self._sending, Report().to_json())
            try:
                self._close()
            except BaseException as raised:  # `_failure` reports it; no caller handles it
                error = raised
            else:
                self._leave_with_outcome(None)
        self._rendering.abandon()
        leave(self._sending, self._failure(error).to_json())

    def _draw(self, draw: Callable[[], T]) -> T:
        """Call *draw* with the guard disarmed; if it raises, the report will say that drawing failed, not stepping."""
        armed = self._guard.is_armed
        self._guard.disarm()
        self._drawing = True
        drawn = draw()
        self._drawing = False
        if armed:
            self._guard.arm()
        return drawn

    def _close(self) -> None:
        """Finish the block after its last frame: encode it if it is new, and check the last frame."""
        if self._state is not None:
            return
        self._guard.look()  # the stepper looks after each frame, so it also sees changes that were undone
        with audit.unrecorded():
            self._state = self._loop.captures.state_before(self._block.stop)
            encoded = self._rendering.look_up()
            if encoded:
                self._account.doing("encoding", self._block)
                try:
                    self._rendering.encode()
                except CannotReplay as error:
                    raise Refused(f"frame {self._k}: {error}") from None
        last = self._block.start + self._rendering.count - 1
        self._draw(lambda: self._capture.compare(self._rendering, last, encoded=encoded))

    def _leave_with_outcome(self, after: SeamState | None) -> None:
        with audit.unrecorded():
            try:
                reads = self._inputs.reads_in(self._block) if self._inputs is not None else None
                outcome = self._rendering.outcome(self._first, after)
                report = Report(outcome, self._state, reads, seconds=time.monotonic() - self._begun)
            except Exception as error:
                report = self._failure(error)
            leave(self._sending, report.to_json())

    def _failure(self, error: BaseException | None) -> Report:
        if self._guard.refusal or isinstance(error, Refused):
            at = self._k if self._guard.refusal else -1
            return Report(refused=self._guard.refusal or str(error), error_frame=at)
        ours = isinstance(error, errors.IparsaveError)
        text = format_user_error(error) if error is not None else ""
        pickled = ""
        if ours or _is_plain(error):
            pickled = base64.b64encode(pickle.dumps(error)).decode("ascii")
        elif self._drawing:  # the script may catch it, so it must get the original exception
            return Report(refused=f"drawing frame {self._k} raised {type(error).__qualname__}")
        return Report(error=pickled, error_text=text, error_frame=self._k, drawing=self._drawing or ours)


def _is_plain(error: Any) -> bool:
    """Whether another process can recreate the exception exactly: a class of Python's own, with plain values."""
    return (
        (type(error).__module__ == "builtins" or isinstance(error, own.ScriptExited))
        and set(vars(error)) <= {"__notes__"}
        and all(type(arg) in (str, int, float, bool, bytes, type(None)) for arg in error.args)
    )
