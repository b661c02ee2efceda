"""The state of every block of a movie: events in, decisions out.

::

              found by its inputs
    WAITING ───────────────────────────────────────> KNOWN ──┐
       │  begins                   found by fingerprints ^   │
       ├────────────> HELD ────────────────────────────┘     ├─ seams hold ─> ACCEPTED
       │               │ needed                              │
       └─ needed ──> QUEUED ── a slot is free ─> DRAWING ── reports ─> DRAWN

A block that the last edit changed may be queued before the stepper reaches it: its worker fast-forwards to it.

This module handles no processes, files or clocks.  The stepper reports events and carries out the decisions.
A worker is a number here; the worker pool knows its process.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..model import Block, Outcome

_SHORTEST = 6  # blocks that take less than 2**-6 seconds count as equally long


class State(enum.Enum):
    """The state of a block."""

    WAITING = "not yet stepped to"
    HELD = "its worker sleeps: the block may still turn out to be known"
    QUEUED = "its worker waits for a slot"
    DRAWING = "its worker is at work"
    DRAWN = "its worker has reported"
    KNOWN = "found in the cache"
    ACCEPTED = "its seams have held"


class Fork(NamedTuple):
    """Fork a worker, which sleeps until it is started."""

    worker: int
    block: Block


class Start(NamedTuple):
    """Start a sleeping worker on a block."""

    worker: int
    block: Block


class End(NamedTuple):
    """End a sleeping worker."""

    worker: int


class Ask(NamedTuple):
    """Ask whether a block is known by the fingerprints of the frames before *frame*."""

    block: Block
    frame: int


class Announce(NamedTuple):
    """Announce the outcome of a block (`BlockDone`): its worker has ended, and the stepper has reached the block."""

    block: Block


class Accept(NamedTuple):
    """Take a block into the movie, and save it for the next build."""

    outcome: Outcome


class Refuse(NamedTuple):
    """Build the movie in one process instead."""

    why: str


Decision = Fork | Start | End | Ask | Announce | Accept | Refuse
Decisions = list[Decision]


@dataclass
class _Entry:
    block: Block
    state: State = State.WAITING
    has_begun: bool = False
    worker: int = -1
    urgency: tuple[int, int, int] = (0, 0, 0)
    outcome: Outcome | None = None
    ends_in: str | None = None


class _Idle(NamedTuple):
    worker: int
    born: float  # when it was forked, in seconds of stepping


class BlockStates:
    """The blocks of one movie.

    Parameters
    ----------
    jobs : int
        Number of workers that may draw at a time.
    ahead : int
        Number of further workers that may be queued.
    last_round : range
        Indices of the last blocks, if they are too few to use all slots.  Each of them that must be drawn adds a slot,
        which is a place for one more worker that draws.

    Attributes
    ----------
    accepted : list of Outcome
        The outcomes of the accepted blocks, in order.
    """

    def __init__(self, jobs: int, *, ahead: int = 0, last_round: range = range(0)) -> None:
        self._jobs, self._ahead, self._last_round = max(1, jobs), ahead, last_round
        self._entries: dict[Block, _Entry] = {}
        self._order: list[_Entry] = []  # in the order in which they began
        self._born: dict[int, float] = {}  # when each worker was forked, in seconds of stepping; not for idle ones
        self._idle: list[_Idle] = []
        self._forked = 0
        self._stepper_states: dict[int, str] = {}
        self.accepted: list[Outcome] = []

    # -- queries --------------------------------------------------------------

    def state(self, block: Block) -> State:
        """Return the state of *block*."""
        entry = self._entries.get(block)
        return entry.state if entry is not None else State.WAITING

    def outcome(self, block: Block) -> Outcome:
        """Return the outcome of *block*, which must be drawn or known."""
        outcome = self._entries[block].outcome
        assert outcome is not None
        return outcome

    def blocks(self, state: State) -> list[Block]:
        """Return the blocks in *state*, in the order of the movie."""
        return sorted((each.block for each in self._entries.values() if each.state is state), key=lambda b: b.index)

    def block_of(self, worker: int) -> Block:
        """Return the block of *worker*, which must not be idle."""
        return next(each.block for each in self._entries.values() if each.worker == worker)

    def was_sent_ahead(self, block: Block) -> bool:
        """Whether *block* has been given a worker although the stepper has not reached it yet."""
        entry = self._entries.get(block)
        return entry is not None and not entry.has_begun

    def has_room_for(self, block: Block) -> bool:
        """Whether *block* may be queued now; if not, the stepper must wait for a report first."""
        most = self._jobs + self._ahead + (block.index in self._last_round)
        return len(self._in_state(State.DRAWING)) + len(self._in_state(State.QUEUED)) < most

    @property
    def is_busy(self) -> bool:
        """Whether any worker may still report."""
        return bool(self._born)

    def missing(self, frames: int) -> Block | None:
        """Return the first block of a movie of *frames* frames that has not been accepted."""
        rest = self._order[len(self.accepted) :]
        return next((each.block for each in rest if each.block.start < frames), None)

    # -- events: blocks begin ---------------------------------------------------

    def send_ahead(self, block: Block, seconds: float, rank: int, *, now: float) -> Decisions:
        """Give *block* a worker before the stepper reaches it, because the last edit changed it.

        Parameters
        ----------
        block : Block
        seconds : float
            Expected time to draw and encode the block.
        rank : int
            Blocks of a higher rank start earlier.
        now : float
            Seconds that the stepper has spent stepping so far.
        """
        entry = self._entries[block] = _Entry(block, urgency=_urgency(block, seconds, rank))
        return [self._fork(entry, now), *self._queue(entry)]

    def begin(
        self,
        block: Block,
        seconds: float = 0.0,
        rank: int = 0,
        *,
        now: float = 0.0,
        held: bool = False,
        reach: float = 0.0,
    ) -> Decisions:
        """Note that the stepper has reached *block*, which is not known by its inputs.

        Parameters
        ----------
        block, seconds, rank, now
            As for `send_ahead`.
        held : bool
            Whether the block may turn out to be known by the fingerprints of its frames.
        reach : float
            An idle worker, forked for an earlier block, is reused if it was forked at most this many seconds of
            stepping ago.
        """
        entry = self._entries.setdefault(block, _Entry(block))
        was_ahead, entry.has_begun = entry.state is not State.WAITING, True
        self._order.append(entry)
        more = self._add_slot() if block.index in self._last_round else []
        if was_ahead:
            return [*more, Announce(block)] if entry.outcome is not None else more
        entry.urgency = _urgency(block, seconds, rank)
        if not held:
            return [*more, self._fork(entry, now), *self._queue(entry)]
        entry.state = State.HELD
        ended: Decisions = []
        while self._idle:
            idle = self._idle.pop(0)
            if idle.born >= now - reach:
                entry.worker, self._born[idle.worker] = idle.worker, idle.born
                return [*more, *ended]
            ended.append(End(idle.worker))
        return [*more, *ended, self._fork(entry, now)]

    def begin_known(self, block: Block, outcome: Outcome) -> Decisions:
        """Note that the stepper has reached *block*, which is known by its inputs."""
        entry = self._entries[block] = _Entry(block, State.KNOWN, has_begun=True, outcome=outcome)
        self._order.append(entry)
        return []

    # -- events: blocks that may be known -----------------------------------------

    def stepped_in(self, block: Block, frame: int, *, hopeful: bool, over: bool = False) -> Decisions:
        """Note that the stepper is before *frame*, while *block* is held.

        Parameters
        ----------
        block : Block
        frame : int
        hopeful : bool
            Whether the block may still be known, by the fingerprints so far.
        over : bool
            Whether there are no more frames.
        """
        if not over and (frame == block.start or (hopeful and frame <= block.stop)):
            return []
        return [Ask(block, frame)] if hopeful else self.asked(block, None)

    def asked(self, block: Block, outcome: Outcome | None) -> Decisions:
        """Note the answer to `Ask`: *block* is known if *outcome* is given, else it must be drawn."""
        entry = self._entries[block]
        assert entry.state is State.HELD
        if outcome is None:
            return self._queue(entry)
        worker, entry.worker = entry.worker, -1
        entry.state, entry.outcome = State.KNOWN, outcome
        born = self._born.pop(worker)
        if block.start == 0:  # forked before the first frame was drawn: of no use for later blocks
            return [End(worker)]
        self._idle.append(_Idle(worker, born))
        return []

    # -- events: workers ------------------------------------------------------------

    def reported(self, worker: int, outcome: Outcome | None, ends_in: str | None) -> Decisions:
        """Note that *worker* has ended.

        Parameters
        ----------
        worker : int
        outcome : Outcome or None
            The outcome of its block; None if the worker failed, or the block had no frames.
        ends_in : str or None
            Digest of the state in which the block ended; None if nothing was drawn.
        """
        entry = self._entries[self.block_of(worker)]
        del self._born[worker]
        entry.worker, entry.state = -1, State.DRAWN
        entry.outcome, entry.ends_in = outcome, ends_in
        reports: Decisions = [Announce(entry.block)] if entry.has_begun and outcome is not None else []
        return [*reports, *self._start()]

    def gone(self, worker: int) -> None:
        """Note that *worker*, which was idle, was killed from outside; no block needs it."""
        self._idle = [idle for idle in self._idle if idle.worker != worker]

    def is_idle(self, worker: int) -> bool:
        """Whether no block needs this *worker*."""
        return worker not in self._born

    def end_idle(self) -> Decisions:
        """End the workers that are idle now: no block will need them."""
        ended, self._idle = self._idle, []
        return [End(idle.worker) for idle in ended]

    # -- events: frames ----------------------------------------------------------------

    def stepper_is_in(self, frame: int, state: str) -> None:
        """Note *state*, the digest of the stepper's state before *frame*, where a block begins or the movie ends."""
        self._stepper_states[frame] = state

    def accept(self, stepped: int, *, over: bool) -> Decisions:
        """Accept blocks, in order, as far as they are finished and their seams hold.

        Parameters
        ----------
        stepped : int
            Number of frames that were stepped so far.
        over : bool
            Whether there are no more frames.
        """
        decided: Decisions = []
        for entry in self._order[len(self.accepted) :]:
            outcome = entry.outcome
            if outcome is None or not (over or stepped > outcome.block.stop):
                break
            if why := self._broken_seam(entry, outcome):
                return [*decided, Refuse(why)]
            entry.state = State.ACCEPTED
            self.accepted.append(outcome)
            decided.append(Accept(outcome))
        return decided

    def _broken_seam(self, entry: _Entry, outcome: Outcome) -> str:
        """Return how the block contradicts the block before it or the stepper; empty if it does not."""
        block = outcome.block
        if self.accepted and not outcome.first.agrees_with(self.accepted[-1].after):
            return f"frame {block.start} depends on how earlier frames were drawn"
        stepped = self._stepper_states.get(block.stop)
        if None not in (entry.ends_in, stepped) and entry.ends_in != stepped:
            return f"drawing {block} affects later frames"
        return ""

    # -- slots ---------------------------------------------------------------------------

    def _in_state(self, state: State) -> Sequence[_Entry]:
        return [entry for entry in self._entries.values() if entry.state is state]

    def _fork(self, entry: _Entry, now: float) -> Fork:
        entry.worker, self._forked = self._forked, self._forked + 1
        self._born[entry.worker] = now
        return Fork(entry.worker, entry.block)

    def _queue(self, entry: _Entry) -> Decisions:
        entry.state = State.QUEUED
        return self._start()

    def _add_slot(self) -> Decisions:
        self._jobs += 1
        return self._start()

    def _start(self) -> Decisions:
        """Fill free slots with queued blocks, the most urgent first."""
        room = max(0, self._jobs - len(self._in_state(State.DRAWING)))
        chosen = sorted(self._in_state(State.QUEUED), key=lambda entry: entry.urgency, reverse=True)[:room]
        for entry in chosen:
            entry.state = State.DRAWING
        return [Start(entry.worker, entry.block) for entry in chosen]


def _urgency(block: Block, seconds: float, rank: int) -> tuple[int, int, int]:
    """Return the sort key of a queued block: its rank, then its rough expected time, then its place in the movie."""
    # The time is rounded, so that blocks whose times differ only by chance stay in order.
    length = max(round(math.log2(seconds)) if seconds > 0 else -_SHORTEST, -_SHORTEST)
    return rank, length, -block.index
