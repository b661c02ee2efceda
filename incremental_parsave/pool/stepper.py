"""The stepper: one process steps all frames, and forked workers draw the blocks.

1. Before the user's functions are called, a fallback process is forked.  It sleeps.
2. The stepper runs the animation frame by frame without drawing.  Where a block
   begins that is not known by its inputs, the stepper forks a worker, or reuses one
   that was forked for an earlier block and was not needed there.
3. The worker continues in the same loop.  It steps to its block, if the block has not
   begun, and draws the frames of the block and the first frame after it.
4. That frame is the seam.  The block's own worker arrives there by drawing, the next
   block's worker by stepping.  Both must draw the same frame, and the state that the
   animation captures must be the same.  If not, drawing has effects that stepping misses.
5. In that case, and whenever the user's code does something that cannot be trusted, the
   stepper wakes the fallback process, which builds the movie in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress

from ..blocks.context import BuildContext
from ..blocks.layout import Priorities
from ..blocks.questions import FingerprintsQuestion
from ..blocks.states import Accept, Announce, Ask, BlockStates, Decisions, End, Fork, Start, State
from ..errors import IparsaveError, WorkerError
from ..frames.loop import FrameDriver, Takeover
from ..frames.stepping import FRAMES_TO_JUDGE, Stepping
from ..model import Block, Outcome
from ..tracing import audit
from ..trust.guard import Guard, Refused
from ..trust.isolation import Isolation
from .accepted_blocks import AcceptedBlocks
from .capture import Capture
from .scout import RefusedFrame
from .worker import FastForward, Report, Worker
from .workers import Assignment, WorkerPool

_LONGEST_FAST_FORWARD = 0.05  # seconds of stepping, about as long as four forks
_MOST_AHEAD = 32  # number of waiting workers, if some blocks have priority


class Stepper:
    """A `FrameDriver` that steps every frame, and leaves the drawing to workers.

    Parameters
    ----------
    context : BuildContext
    stepping : Stepping
        If frames are independent, only the first and the last are stepped here; workers
        step their blocks from the state that the first frame leaves.
    exact : bool
        Record every artist in every frame.
    priorities : Priorities
        Which blocks to draw first.
    in_one_process : callable
        Returns the driver that builds in one process, given the reason.
    """

    calls_back = True
    why = ""

    def __init__(
        self,
        context: BuildContext,
        stepping: Stepping,
        exact: bool,
        priorities: Priorities,
        in_one_process: Callable[[str], FrameDriver],
    ) -> None:
        self._context, self._in_one_process = context, in_one_process
        self._loop, self._layout, self._renderer = context.loop, context.layout, context.renderer
        self._account, self._inputs = context.account, context.inputs
        self._stepping, self._exact = stepping, exact
        self._priorities = priorities
        jobs = context.jobs
        ahead = _MOST_AHEAD if priorities.says_anything else jobs if self._account.has_timings else 0
        self._states = BlockStates(jobs, ahead=ahead, last_round=_last_round(self._layout.count or 0, jobs))
        self._pool = WorkerPool(self._renderer.store)
        self._guard = Guard()
        self._guarded = ExitStack()
        self._isolation = Isolation(context.give_up)
        self._refusal = RefusedFrame(self._loop, self._renderer.store, write=not self._renderer.dry)
        self._refused_at: int | None = None
        self._fingerprints = FingerprintsQuestion(self._loop, self._renderer.lookup, self._inputs)
        self._accepted = AcceptedBlocks(self._inputs, self._fingerprints)
        self._last_by_fingerprints: Outcome | None = None
        self._stepped = 0  # number of frames so far
        self._k = 0
        self._over = self._is_warm = self._has_sent_ahead = False
        self._raised_by_worker: BaseException | None = None

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """The outcomes of the accepted blocks, in order."""
        return self._states.accepted

    # -- the loop ---------------------------------------------------------

    def begin(self) -> None:
        """Fork the fallback process, send a scout if needed, and install the guard and the barrier."""
        with audit.unrecorded():
            why = self._isolation.begin()
            if not why:
                why = self._refusal.send_scout()
                if why:
                    self._isolation.end()
        if why:
            raise Takeover(self._in_one_process(why))
        self._fallback = self._isolation.fallback
        self._capture = Capture(self._loop, exact=self._exact)
        self._guarded.enter_context(self._guard.installed())
        self._guarded.enter_context(self._loop.barrier.installed())
        self._guard.arm()

    def idle(self, draw: Callable[[], None]) -> None:
        """Do not draw: ``Animation.save`` throws this draw away."""

    def before(self, k: int) -> bool:
        """Ask question 1 about the block that begins at frame *k*, and fork a worker if the block is not known."""
        self._guard.disarm()
        self._k = k
        with audit.unrecorded():
            if self._states.is_busy:
                self._process_reports(wait=False)
            else:
                self._do(self._states.accept(self._stepped, over=False))
            if self._inputs is not None:
                self._inputs.before(k)
            outside = self._layout.end is not None and k >= self._layout.end
            block = self._layout.starting_at(k)
            if block is not None or outside:
                self._states.stepper_is_in(k, self._loop.captures.state_before(k))
            if k in (1, FRAMES_TO_JUDGE):
                self._send_ahead()
            # Preparing fingerprints takes a while, so it is not done before the first worker is forked.
            if k == 1 and not self._exact and not self._stepping.independent:
                self._fingerprints.begin(self._capture.first)
                self._fingerprints.take(0, whole=False)
            self._check_held(k)
            if block is not None:
                self._begin(block)
        if not outside:
            self._guard.arm()
            self._stepping.begin()
        return not outside

    def _begin(self, block: Block) -> None:
        """Look *block* up by its inputs; if it is not known, make sure that it has a worker."""
        known = self._inputs.ask(block) if self._inputs is not None else None
        is_ahead = self._states.was_sent_ahead(block)
        if known is not None and not is_ahead:  # a worker that was sent ahead may have drawn it already
            self._accepted.known(block, known)
            self._account.block_done(known.outcome, known.reads, drawn=False)
            self._do(self._states.begin_known(block, known.outcome))
            return
        if not is_ahead:
            while not self._states.has_room_for(block):
                self._process_reports(wait=True)
            self._isolation.before_fork()
        may_be_known = self._fingerprints.is_asked or (
            block.start == 0 and self._account.has_timings and not self._exact
        )
        seconds, rank, now = self._account.expected(block), self._priorities.rank(block), self._stepping.seconds
        self._do(self._states.begin(block, seconds, rank, now=now, held=may_be_known, reach=_LONGEST_FAST_FORWARD))

    def _send_ahead(self) -> None:
        """Fork workers for blocks that the last edit changed; they fast-forward to these blocks.

        The next edit often changes the same frames, so it shows sooner if their encoders start sooner.
        If stepping is slow, a worker would arrive no earlier than the stepper.  If a worker opens a file, the
        stepper is told of that by the system as if it had opened it, so no worker may open a file before the stepper.
        """
        jobs = self._context.jobs
        if jobs == 1 or self._has_sent_ahead or self._stepping.is_slow or self._account.has_reads_within_blocks:
            return
        later = [block for block in self._layout.blocks() if block.start > self._k]
        changed = list(filter(self._priorities.changes, later))
        self._has_sent_ahead = bool(changed)
        for block in changed[:jobs]:
            self._isolation.before_fork()
            seconds, rank = self._account.expected(block), self._priorities.rank(block)
            self._do(self._states.send_ahead(block, seconds, rank, now=self._stepping.seconds))

    def _check_held(self, k: int, *, over: bool = False) -> None:
        """Before frame *k*, find out whether held blocks are known, as far as that is possible by now."""
        for block in self._states.blocks(State.HELD):
            hopeful = k > block.start and self._fingerprints.may_know(block, k - 1)
            self._do(self._states.stepped_in(block, k, hopeful=hopeful, over=over))

    # -- what is decided ----------------------------------------------------

    def _do(self, decisions: Decisions) -> None:
        """Carry out *decisions*.

        Raises
        ------
        Takeover
            In a worker that was forked here, once it is started.
        Refused
            If the movie must be built in one process.
        """
        for decision in decisions:
            if isinstance(decision, Fork):
                assignment = self._pool.fork(decision.worker, decision.block)
                if assignment is not None:
                    raise Takeover(self._driver_of_worker(assignment))
            elif isinstance(decision, Start):
                self._pool.start(decision.worker, decision.block)
            elif isinstance(decision, End):
                self._pool.end(decision.worker)
            elif isinstance(decision, Ask):
                self._ask(decision.block, decision.frame)
            elif isinstance(decision, Announce):
                self._report_block(decision.block)
            elif isinstance(decision, Accept):
                self._accepted.accept(decision.outcome, self._stepped)
            else:
                raise Refused(decision.why)

    def _driver_of_worker(self, assignment: Assignment) -> FrameDriver:
        """Return the driver with which this process continues, after it was forked as a worker."""
        self._fallback.forget()
        if self._inputs is not None:
            self._inputs.forked()
        self._loop.barrier.leave_stepper()

        def work() -> FrameDriver:
            return Worker(self._context, assignment, self._capture, self._guard, self._guarded)

        return FastForward(self._context, assignment, self._capture, self._guard, self._k, work)

    def _ask(self, block: Block, frame: int) -> None:
        """Ask whether *block* is known by the fingerprints of the frames before *frame*."""
        known = self._fingerprints.ask(block, frame)
        self._do(self._states.asked(block, known.outcome if known is not None else None))
        if known is None:
            return
        self._last_by_fingerprints = known.outcome
        self._accepted.reported(block, Report(known.outcome, reads=known.reads))
        own = self._inputs.reads_in(block) if self._inputs is not None else None
        self._account.block_done(known.outcome, [*known.reads, *(own or ())], drawn=False)

    def skips(self, k: int) -> bool:
        """If frames are independent, leave all but the first and the last to the workers."""
        skipped = self._stepping.independent and self._layout.end is not None and 0 < k < self._layout.end - 1
        if skipped:
            self._stepped = k + 1
        return skipped

    def frame(self, k: int) -> None:
        """Apply the side effects of a draw; really draw the first frame, and any other that needs it.

        matplotlib settles some things once, at a first draw: the limits of a colour map,
        the fonts in its caches.  Here they are settled from the same frame as in
        ``Animation.save``, and every worker inherits them.
        """
        self._guard.disarm()
        self._guard.look()
        self._stepping.end()
        self._stepped = k + 1
        drawn = k > 0 and self._capture.settle_stepped()
        if k == 0 and not self._capture.take_first().agrees_with(self._accepted.known_first, default=True):
            raise Refused("frame 0 looks different from an earlier build with the same inputs")
        if drawn:
            self._fingerprints.end()
        if k > 0:
            with audit.unrecorded():
                self._fingerprints.take(k, whole=any(k + 1 == block.stop for block in self._states.blocks(State.HELD)))
        self._guard.arm()

    def end(self, error: BaseException | None) -> None:
        """Wait for the workers and check the seams, or wake the fallback process."""
        self._guard.disarm()
        self._guarded.close()
        try:
            refusal = str(error) if isinstance(error, Refused) else self._guard.refusal
            if not refusal and error is None:
                refusal = self._complete()
                if not refusal:
                    self._refusal.note(None)
            elif not refusal and isinstance(error, Exception | SystemExit):
                refusal = self._keep_finished(error)
            if refusal:
                self._pool.kill()
                with audit.unrecorded():
                    self._refusal.note(self._k if self._guard.refusal else self._refused_at)
                self._fallback.take_over(refusal)
        finally:
            self._pool.kill()
            with audit.unrecorded():
                self._isolation.end()

    # -- the workers ------------------------------------------------------

    def _complete(self) -> str:
        """Finish the movie; return why it must be built in one process, or an empty string."""
        with audit.unrecorded():
            self._check_held(self._stepped, over=True)
            self._do(self._states.end_idle())
            last = self._last_by_fingerprints
            if last is not None and last.block.stop == self._stepped and not self._capture.looks_like(last.frames[-1]):
                return f"frame {self._stepped - 1} has an undetected change"
        if self._loop.has_layout_engine:
            self._loop.draw_idle()
        self._loop.draw()  # the figure is left as Animation.save leaves it
        self._over = True
        with audit.unrecorded():
            try:
                self._process_reports(wait=False)
                while self._states.is_busy:
                    self._process_reports(wait=True)
            except Refused as refused:
                return str(refused)
        missing = self._states.missing(self._stepped)
        return f"{missing} ended at another frame in its worker" if missing else ""

    def _keep_finished(self, error: Exception | SystemExit) -> str:
        """Let the workers of earlier frames finish, and note on *error* where it was raised.

        Return why the movie must be built in one process, or an empty string.
        """
        if isinstance(error, IparsaveError) or error is self._raised_by_worker:
            return ""
        where = self._loop.where
        with audit.unrecorded(), suppress(IparsaveError):
            for held in self._states.blocks(State.HELD):
                self._do(self._states.asked(held, None))
            try:
                while self._states.is_busy:
                    self._process_reports(wait=True)
            except Refused as refused:
                return str(refused)
        if isinstance(error, Exception):
            self._context.add_place(error, where)
        return ""

    def _process_reports(self, *, wait: bool) -> None:
        """Process the reports of workers that have ended, and accept blocks as far as possible.

        Raises
        ------
        Refused
            If building in parallel must be given up.
        Exception
            The exception that a worker raised while drawing.  If a worker raised one
            while stepping, the stepper will raise it too.
        """
        for worker, row in self._pool.reports(wait=wait):
            if isinstance(row, WorkerError):
                if not self._states.is_idle(worker):
                    raise row
                self._states.gone(worker)
                continue
            block, report = self._states.block_of(worker), Report.from_json(row)
            self._accepted.reported(block, report)
            if report.refused:
                self._refused_at = report.error_frame if report.error_frame >= 0 else None
                raise Refused(report.refused)
            exception = report.exception(block)
            if exception is not None and report.drawing:
                self._raised_by_worker = exception
                raise exception
            if report.outcome is not None:
                self._warm_up(report.outcome)
            self._do(self._states.reported(worker, report.outcome, report.state))
        self._do(self._states.accept(self._stepped, over=self._over))

    def _report_block(self, block: Block) -> None:
        """Report what became of *block*, now that its worker has ended and the stepper has reached it."""
        report = self._accepted.report(block)
        assert report.outcome is not None
        own = self._inputs.reads_in(block) if self._inputs is not None else None
        for earlier in self._states.blocks(State.DRAWING):  # their workers are still at work
            if self._inputs is not None and earlier.start < block.start:
                self._account.saw(earlier, self._inputs.reads_in(earlier) or ())
        self._account.block_done(report.outcome, [*(report.reads or ()), *(own or ())], report.seconds)

    def _warm_up(self, outcome: Outcome) -> None:
        """Once a block must be encoded, make the pixels of the first frame, for later workers to inherit.

        Most of the cost of a block's first frame is in what does not move: the glyphs of
        labels, and everything in the background.
        """
        first = self._capture.first
        if self._is_warm or first is None or outcome.reason.reused or self._over:
            return
        self._is_warm = True
        self._do(self._states.end_idle())  # they were forked without these pixels
        with suppress(Exception):  # a worker that cannot replay a frame will report it
            self._renderer.raster(first.dpi).draw(first)


def _last_round(blocks: int, jobs: int) -> range:
    """Return the indices of the last blocks, if these would leave processors idle.

    They begin along with the round before: otherwise, three blocks on two processors take as long as four.
    """
    return range(blocks - blocks % jobs, blocks) if blocks > jobs > 0 else range(0)
