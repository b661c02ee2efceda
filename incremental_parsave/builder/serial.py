"""Build a movie in one process, which draws every frame as ``Animation.save`` does.

This is exact by construction, and the reference for building in parallel.  Here, too, blocks that
look the same are not encoded again, and encoders run while later frames are drawn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..blocks.context import BuildContext
from ..blocks.render import BlockRendering
from ..errors import IparsaveError
from ..model import Outcome, SeamState
from ..tracing import audit
from ..tracing.inputs import Reads


class SerialDriver:
    """A `FrameDriver` that draws every frame in this process.

    Parameters
    ----------
    context : BuildContext
    why : str
        Why the movie is not built in parallel.

    Attributes
    ----------
    outcomes : list of Outcome
        The outcomes of the blocks, in order.
    """

    calls_back = True

    def __init__(self, context: BuildContext, why: str) -> None:
        self.why, self._context = why, context
        self._loop, self._layout, self._renderer = context.loop, context.layout, context.renderer
        self._account, self._inputs = context.account, context.inputs
        self._jobs = max(1, context.jobs)
        self._drawing: BlockRendering | None = None
        self._encoding: deque[tuple[BlockRendering, Reads]] = deque()
        self.outcomes: list[Outcome] = []

    def begin(self) -> None:
        """Do nothing."""

    def idle(self, draw: Callable[[], None]) -> None:
        """Draw the figure, as ``Animation.save`` does between two frames."""
        draw()

    def before(self, k: int) -> bool:
        """Finish the block that ends before frame *k*, and begin the block that starts there."""
        block = self._layout.starting_at(k)
        outside = self._layout.end is not None and k >= self._layout.end
        with audit.unrecorded():
            if block is not None or outside:
                self._close()
            if self._inputs is not None:
                self._inputs.before(k)
                if block is not None:
                    self._inputs.describe(block)
            if block is not None:
                self._drawing = self._renderer.begin(block)
                self._account.doing("drawing", block)
        return not outside

    def skips(self, k: int) -> bool:
        """Skip no frame: each may depend on those before it."""
        return False

    def frame(self, k: int) -> None:
        """Draw frame *k*."""
        if self._drawing is None:
            self._loop.draw()  # outside the requested frames, but its draw may change how later frames look
        else:
            self._drawing.add(self._loop.draw_second_time)
            self._account.drawn(self._drawing.block.index, last=k + 1 == self._drawing.block.stop)

    def end(self, error: BaseException | None) -> None:
        """Collect the encoded blocks; finished blocks are kept even if the scene failed."""
        if isinstance(error, Exception) and not isinstance(error, IparsaveError):
            self._context.add_place(error, self._loop.where)
        with audit.unrecorded():
            if error is None:
                self._close()
            try:
                while self._encoding:
                    self._collect()
            finally:
                left = [rendering for rendering, _ in self._encoding]
                for rendering in [*left, *([self._drawing] if self._drawing else [])]:
                    rendering.abandon()

    def _close(self) -> None:
        rendering, self._drawing = self._drawing, None
        if rendering is None:
            return
        if not rendering.count:
            rendering.abandon()  # the animation ended where this block would have begun
            return
        if rendering.look_up():
            self._account.doing("encoding", rendering.block)
            rendering.encode()
        reads = self._inputs.reads_in(rendering.block) if self._inputs is not None else None
        self._encoding.append((rendering, reads or []))
        while len(self._encoding) > self._jobs:
            self._collect()

    def _collect(self) -> None:
        rendering, reads = self._encoding[0]
        outcome = rendering.outcome(SeamState(""), None)  # without workers there are no seams
        self._encoding.popleft()
        self.outcomes.append(outcome)
        self._account.block_done(outcome, reads)
