"""The states of blocks: when workers are forked, started and ended, and which blocks are accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from incremental_parsave.blocks.states import (
    Accept,
    Announce,
    Ask,
    BlockStates,
    Decisions,
    End,
    Fork,
    Refuse,
    Start,
    State,
)
from incremental_parsave.model import Block, Outcome, Reason, SeamState
from incremental_parsave.pool.stepper import _last_round

pytestmark = pytest.mark.quick

BLOCKS = [Block(index, 10 * index, 10 * index + 10) for index in range(8)]


def seam(frame: int) -> SeamState:
    return SeamState(f"look of frame {frame}", "hidden")


def outcome(block: Block, reason: Reason = Reason.NEW_FRAMES) -> Outcome:
    frames = tuple(f"frame {k}" for k in range(block.start, block.stop))
    return Outcome(block, reason, None, frames, seam(block.start), seam(block.stop))


def begun(states: BlockStates, blocks: list[Block], seconds: list[float]) -> Decisions:
    """Begin blocks as long as there is room; return the decisions."""
    decided: Decisions = []
    for block, expected in zip(blocks, seconds, strict=False):
        if states.has_room_for(block):
            decided += states.begin(block, expected)
    return decided


def run_all_blocks(states: BlockStates, seconds: list[float]) -> list[int]:
    """Let workers draw all blocks, finishing one after the other; return the order in which blocks were started."""
    order: list[int] = []
    running: list[Start] = []

    def do(decisions: Decisions) -> None:
        for each in decisions:
            if isinstance(each, Start):
                order.append(each.block.index)
                running.append(each)

    for block, expected in zip(BLOCKS, seconds, strict=False):
        while not states.has_room_for(block):
            first = running.pop(0)
            do(states.reported(first.worker, outcome(first.block), "state"))
        do(states.begin(block, expected))
    while running:
        first = running.pop(0)
        do(states.reported(first.worker, outcome(first.block), "state"))
    assert not states.is_busy
    return order


@pytest.mark.parametrize(
    ("jobs", "ahead", "seconds", "order"),
    [
        (1, 0, [0, 0, 0, 0], [0, 1, 2, 3]),
        (1, 3, [0, 0, 0, 0], [0, 1, 2, 3]),
        (1, 3, [1, 2, 9, 3], [0, 2, 3, 1]),
        (1, 1, [1, 2, 9, 3], [0, 1, 2, 3]),  # one may be queued, and block 2 has not begun yet
        (2, 2, [1, 1, 2, 9], [0, 1, 3, 2]),
        (1, 3, [1, 1.1, 1.2, 0.9], [0, 1, 2, 3]),  # equally long, except for measurement noise
    ],
)
def test_longest_queued_block_starts_first(jobs: int, ahead: int, seconds: list[float], order: list[int]) -> None:
    assert run_all_blocks(BlockStates(jobs, ahead=ahead), seconds) == order


def test_rank_takes_precedence_over_length() -> None:
    states = BlockStates(1, ahead=8)
    states.begin(BLOCKS[0])
    states.begin(BLOCKS[1], 100.0)
    states.begin(BLOCKS[2], 1.0, rank=3)
    assert states.reported(0, outcome(BLOCKS[0]), "state") == [Announce(BLOCKS[0]), Start(2, BLOCKS[2])]


def test_block_that_may_be_known_is_held() -> None:
    states = BlockStates(1)
    assert states.begin(BLOCKS[1], held=True) == [Fork(0, BLOCKS[1])]
    assert states.stepped_in(BLOCKS[1], 10, hopeful=False) == []  # its first frame has not been stepped
    assert states.stepped_in(BLOCKS[1], 15, hopeful=True) == []
    assert states.stepped_in(BLOCKS[1], 21, hopeful=True) == [Ask(BLOCKS[1], 21)]
    assert states.asked(BLOCKS[1], None) == [Start(0, BLOCKS[1])]


def test_held_block_with_a_new_fingerprint_is_queued_at_once() -> None:
    states = BlockStates(1)
    states.begin(BLOCKS[1], held=True)
    assert states.stepped_in(BLOCKS[1], 12, hopeful=False) == [Start(0, BLOCKS[1])]


def test_worker_of_a_known_block_is_reused_for_a_nearby_block() -> None:
    states = BlockStates(1)
    states.begin(BLOCKS[1], held=True, now=1.0)
    assert states.asked(BLOCKS[1], outcome(BLOCKS[1])) == []
    assert states.state(BLOCKS[1]) is State.KNOWN
    assert not states.is_busy
    assert states.is_idle(0)
    assert states.begin(BLOCKS[2], held=True, now=3.0, reach=5.0) == []
    states.asked(BLOCKS[2], outcome(BLOCKS[2]))
    assert states.begin(BLOCKS[3], held=True, now=9.0, reach=5.0) == [End(0), Fork(1, BLOCKS[3])]


def test_worker_of_the_first_block_is_not_reused() -> None:
    states = BlockStates(1)
    states.begin(BLOCKS[0], held=True)
    assert states.asked(BLOCKS[0], outcome(BLOCKS[0])) == [End(0)]


def test_idle_workers_are_ended_unless_they_were_killed() -> None:
    states = BlockStates(4)
    for block in BLOCKS[1:4]:
        states.begin(block, held=True)
    for block in BLOCKS[1:4]:
        states.asked(block, outcome(block))
    states.gone(1)
    assert states.end_idle() == [End(0), End(2)]
    assert states.end_idle() == []


def test_block_sent_ahead_is_reported_when_it_begins() -> None:
    states = BlockStates(2)
    assert states.send_ahead(BLOCKS[5], 1.0, 0, now=0.0) == [Fork(0, BLOCKS[5]), Start(0, BLOCKS[5])]
    assert states.was_sent_ahead(BLOCKS[5])
    assert states.reported(0, outcome(BLOCKS[5]), "state") == []
    assert states.begin(BLOCKS[5]) == [Announce(BLOCKS[5])]
    assert not states.was_sent_ahead(BLOCKS[5])


def test_block_sent_ahead_without_result_gets_no_second_worker() -> None:
    states = BlockStates(2)
    states.send_ahead(BLOCKS[5], 1.0, 0, now=0.0)
    states.reported(0, None, None)  # for example, because it drew different frames
    assert states.begin(BLOCKS[5]) == []
    assert states.missing(80) == BLOCKS[5]


@pytest.mark.parametrize(
    ("blocks", "jobs", "numbers"),
    [(3, 2, [2]), (16, 2, []), (17, 4, [16]), (2, 4, []), (7, 4, [4, 5, 6]), (5, 1, []), (0, 2, [])],
)
def test_blocks_of_a_partial_last_round(blocks: int, jobs: int, numbers: list[int]) -> None:
    assert list(_last_round(blocks, jobs)) == numbers


def test_partial_last_round_starts_with_the_round_before() -> None:
    states = BlockStates(2, last_round=range(2, 3))
    decided = begun(states, BLOCKS[:3], [0, 0, 0])
    assert [each.block.index for each in decided if isinstance(each, Start)] == [0, 1, 2]


# -- seams ------------------------------------------------------------------------


def drawn(states: BlockStates, block: Block, after: SeamState | None = None, state: str | None = None) -> None:
    """Begin a block, and report that it was drawn."""
    (fork, *_) = states.begin(block)
    assert isinstance(fork, Fork)
    found = outcome(block) if after is None else replace(outcome(block), after=after)
    states.reported(fork.worker, found, state or f"state {block.stop}")


def test_blocks_are_accepted_in_order_once_their_seams_are_stepped() -> None:
    states = BlockStates(4)
    (fork, *_) = states.begin(BLOCKS[0])
    drawn(states, BLOCKS[1])
    assert states.accept(21, over=False) == []  # block 0 is not drawn
    assert isinstance(fork, Fork)
    states.reported(fork.worker, outcome(BLOCKS[0]), "state 10")
    assert states.accept(10, over=False) == []  # the frame after it has not been stepped
    assert states.accept(20, over=False) == [Accept(outcome(BLOCKS[0]))]
    assert states.accept(20, over=True) == [Accept(outcome(BLOCKS[1]))]
    assert [each.block for each in states.accepted] == BLOCKS[:2]


def test_frame_that_depends_on_earlier_draws_is_refused() -> None:
    states = BlockStates(4)
    drawn(states, BLOCKS[0], after=SeamState("another look"))
    drawn(states, BLOCKS[1])
    *accepted, refused = states.accept(80, over=True)
    assert accepted == [Accept(states.outcome(BLOCKS[0]))]
    assert refused == Refuse("frame 10 depends on how earlier frames were drawn")


@pytest.mark.parametrize(
    ("after", "holds"),
    [
        (SeamState("look of frame 10", "hidden"), True),
        (SeamState("look of frame 10", "something else"), False),
        (SeamState("look of frame 10"), True),  # found by its fingerprints
        (SeamState("another look"), False),
    ],
)
def test_hidden_state_is_compared_as_far_as_it_is_known(after: SeamState, holds: bool) -> None:
    states = BlockStates(4)
    drawn(states, BLOCKS[0], after=after)
    drawn(states, BLOCKS[1])
    assert isinstance(states.accept(80, over=True)[-1], Accept if holds else Refuse)


@pytest.mark.parametrize("known", [False, True])
def test_draw_that_changes_the_state_is_refused(known: bool) -> None:
    states = BlockStates(4)
    states.stepper_is_in(10, "state of the stepper")
    if known:  # none of its frames was drawn
        states.begin_known(BLOCKS[0], outcome(BLOCKS[0], Reason.INPUTS_UNCHANGED))
    else:
        drawn(states, BLOCKS[0], state="state of the worker")
    (decided,) = states.accept(80, over=True)
    assert isinstance(decided, Accept if known else Refuse)


# -- all that can happen, in any order ------------------------------------------------


class AnyOrder(RuleBasedStateMachine):
    """Blocks begin, and are looked up, drawn and accepted in random order."""

    def __init__(self) -> None:
        super().__init__()
        self.states = BlockStates(2, ahead=1, last_round=range(6, 8))
        self.jobs = 2
        self.sleeping: dict[int, Block] = {}
        self.running: dict[int, Block] = {}
        self.ended: set[int] = set()
        self.asking: list[Ask] = []
        self.announced: list[Block] = []
        self.begun = 0
        self.frame = 0

    def do(self, decisions: Decisions) -> None:
        for each in decisions:
            if isinstance(each, Fork):
                assert each.worker not in {*self.sleeping, *self.running, *self.ended}
                self.sleeping[each.worker] = each.block
            elif isinstance(each, Start):
                del self.sleeping[each.worker]
                assert each.block not in self.running.values()
                self.running[each.worker] = each.block
            elif isinstance(each, End):
                del self.sleeping[each.worker]
                self.ended.add(each.worker)
            elif isinstance(each, Ask):
                self.asking.append(each)
            elif isinstance(each, Announce):
                assert each.block not in self.announced
                self.announced.append(each.block)
            else:
                assert isinstance(each, Accept)

    @property
    def next(self) -> Block:
        return BLOCKS[self.begun]

    @precondition(lambda self: self.begun < len(BLOCKS) and self.states.has_room_for(self.next))
    @rule(held=st.booleans(), seconds=st.floats(0, 9), rank=st.integers(0, 3), reach=st.floats(0, 50))
    def begin(self, held: bool, seconds: float, rank: int, reach: float) -> None:
        block, self.begun = self.next, self.begun + 1
        self.frame = block.start
        self.jobs += block.index in range(6, 8)
        self.do(self.states.begin(block, seconds, rank, now=float(self.frame), held=held, reach=reach))

    @precondition(lambda self: self.begun < len(BLOCKS) and not self.states.was_sent_ahead(self.next))
    @rule()
    def begin_known(self) -> None:
        block, self.begun = self.next, self.begun + 1
        self.frame = block.start
        self.do(self.states.begin_known(block, outcome(block, Reason.INPUTS_UNCHANGED)))

    @precondition(lambda self: self.begun < len(BLOCKS))
    @rule(data=st.data())
    def send_ahead(self, data: st.DataObject) -> None:
        block = data.draw(st.sampled_from(BLOCKS[self.begun :]))
        if self.states.state(block) is State.WAITING:
            self.do(self.states.send_ahead(block, 1.0, 0, now=float(self.frame)))

    @rule(data=st.data(), hopeful=st.booleans())
    def step(self, data: st.DataObject, hopeful: bool) -> None:
        self.frame += 1
        for block in self.states.blocks(State.HELD):
            self.do(self.states.stepped_in(block, self.frame, hopeful=hopeful))
        while self.asking:
            block = self.asking.pop().block
            self.do(self.states.asked(block, outcome(block) if data.draw(st.booleans()) else None))

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def report(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(sorted(self.running)))
        block = self.running.pop(worker)
        self.ended.add(worker)
        assert self.states.block_of(worker) == block
        self.do(self.states.reported(worker, outcome(block), "state"))

    @precondition(lambda self: [worker for worker in self.sleeping if self.states.is_idle(worker)])
    @rule()
    def kill_an_idle_worker(self) -> None:
        worker = next(worker for worker in self.sleeping if self.states.is_idle(worker))
        del self.sleeping[worker]
        self.ended.add(worker)
        self.states.gone(worker)

    @rule(over=st.booleans())
    def accept(self, over: bool) -> None:
        self.do(self.states.accept(self.frame + 1, over=over and self.begun == len(BLOCKS)))

    @invariant()
    def running_workers_do_not_exceed_jobs(self) -> None:
        assert len(self.running) <= self.jobs

    @invariant()
    def no_slot_is_free_while_a_block_is_queued(self) -> None:
        assert not self.states.blocks(State.QUEUED) or len(self.running) == self.jobs

    @invariant()
    def running_workers_match_the_drawing_blocks(self) -> None:
        assert sorted(self.running.values(), key=lambda block: block.index) == self.states.blocks(State.DRAWING)
        assert self.states.is_busy == any(not self.states.is_idle(worker) for worker in [*self.running, *self.sleeping])

    @invariant()
    def accepted_blocks_are_in_order(self) -> None:
        assert [each.block for each in self.states.accepted] == BLOCKS[: len(self.states.accepted)]

    @invariant()
    def no_block_is_reported_before_it_begins(self) -> None:
        assert all(block.index < self.begun for block in self.announced)

    def teardown(self) -> None:
        """From any state, the build can be finished, and every block is accepted."""
        while self.begun < len(BLOCKS):
            while not self.states.has_room_for(self.next):
                self.finish_one_worker()
            self.begin(False, 0.0, 0, 0.0)
        for block in self.states.blocks(State.HELD):
            self.do(self.states.asked(block, None))
        self.do(self.states.end_idle())
        while self.running:
            self.finish_one_worker()
        self.do(self.states.accept(80, over=True))
        assert [each.block for each in self.states.accepted] == BLOCKS
        assert not self.sleeping
        assert not self.states.is_busy
        assert self.states.missing(80) is None

    def finish_one_worker(self) -> None:
        worker = min(self.running)
        block = self.running.pop(worker)
        self.ended.add(worker)
        self.do(self.states.reported(worker, outcome(block), "state"))


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
