"""The workers of one build: who is forked, who sleeps, who begins when."""

from __future__ import annotations

import contextlib
import enum
import gc
import math
import os
import random
import selectors
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..cache.store import Store
from ..errors import WorkerError
from ..model import Block
from ..processes import own, signals
from ..processes.fork import be_silent, end_at_once, fork, interrupts_put_off, lead, own_descriptors, restore_random
from ..protocol import lines
from ..protocol.lines import read_all

if TYPE_CHECKING:
    from ..protocol.messages import Begin, WorkerReport

_SHORTEST = 6  # halvings of a second: what is shorter need not be told apart
_LONGEST_ORDER = 4096  # bytes


class Assignment(NamedTuple):
    """What a worker is told when it is to begin.

    Attributes
    ----------
    block : Block
    sending : int
        Descriptor for its `leave`.
    """

    block: Block
    sending: int


class _State(enum.Enum):
    HELD = enum.auto()  # it is not known yet whether it is needed
    IDLE = enum.auto()  # it was not, and may stand in for the worker of a later block
    WAITING = enum.auto()  # for its turn
    RUNNING = enum.auto()


@dataclass
class _Worker:
    pid: int
    pipe: int  # on which it reports
    waking: int
    born: float
    block: Block
    state: _State = _State.HELD
    rank: int = 0
    length: int = 0
    received: bytearray = field(default_factory=bytearray)

    def is_for(self, block: Block, seconds: float, rank: int) -> None:
        """Note its task."""
        self.block, self.rank = block, rank
        # Roughly, so that blocks that are as long but for chance stay in order.
        self.length = max(round(math.log2(seconds)) if seconds > 0 else -_SHORTEST, -_SHORTEST)

    @property
    def urgency(self) -> tuple[int, int, int]:
        """Of those that wait, the one with the greatest begins: by rank, then the longest, else in order."""
        return self.rank, self.length, -self.block.index


class WorkerPool:
    """The workers of one build.

    A worker must be forked when the stepper comes to its block, or before, if it steps there by itself.
    Where it is known how long blocks take, some are forked ahead and sleep, so that the longest begins
    first: a long block that begins last would be waited for by everybody.

    Parameters
    ----------
    jobs : int
        How many may run at a time.
    store : Store
        Where they leave temporary files, should they be killed.
    ahead : int
        How many more may sleep.
    """

    def __init__(self, jobs: int, store: Store, *, ahead: int = 0) -> None:
        self._jobs, self._store, self._ahead = max(1, jobs), store, ahead
        self._workers: dict[int, _Worker] = {}  # by pid
        self._ending: list[int] = []
        self._selector = selectors.DefaultSelector()

    def _those(self, state: _State) -> list[_Worker]:
        return [worker for worker in self._workers.values() if worker.state is state]

    # -- forking ------------------------------------------------------------

    def fork(
        self, block: Block, seconds: float = 0.0, rank: int = 0, *, held: bool = False, born: float = 0.0
    ) -> Assignment | None:
        """Fork a worker for *block*, in the state in which this process is.

        Parameters
        ----------
        block : Block
        seconds : float
            How long it is expected to take.
        rank : int
            Of those that sleep, one of a greater rank begins earlier.
        held : bool
            It is not known yet whether it is needed: it sleeps until it is told to begin or to go.
        born : float
            The time, as `hold_again` reckons it.

        Returns
        -------
        Assignment or None
            In the worker, when it is its turn, what it is to do; here, None.
        """
        with interrupts_put_off():  # until `kill` would find it
            receiving, sending = own.pipe()
            waiting, waking = own.pipe()
            state = random.getstate()
            pid = fork(leads=True)  # so that its encoder goes with it, and Ctrl-C is for the one who forked
            if pid == 0:
                end_at_once()
                os.close(receiving)
                os.close(waking)
                for other in self._workers.values():
                    os.close(other.pipe)
                    if other.state is not _State.RUNNING:
                        os.close(other.waking)
                gc.freeze()  # to go through what was inherited, the collector would have every page of it copied
                be_silent()
                own_descriptors()
                order = os.read(waiting, _LONGEST_ORDER)
                if not order:
                    os._exit(0)  # it is not needed, or nobody is left to wake it
                os.close(waiting)
                restore_random(state)
                (begin,) = read_all(order)
                return Assignment(Block(**begin["block"]), sending)
            lead(pid)
            os.close(sending)
            os.close(waiting)
            worker = self._workers[pid] = _Worker(pid, receiving, waking, born, block)
            worker.is_for(block, seconds, rank)
            self._selector.register(receiving, selectors.EVENT_READ, pid)
            if not held:
                self.release(block)
            return None

    def hold_again(self, block: Block, seconds: float = 0.0, rank: int = 0, *, since: float) -> bool:
        """Have a worker that was not needed stand in for that of *block*, which is held; False if there is none.

        One that was born earlier than *since* would have too far to step: it ends.
        """
        for worker in self._those(_State.IDLE):
            if worker.born >= since:
                worker.state = _State.HELD
                worker.is_for(block, seconds, rank)
                return True
            self._let_go(worker)
        return False

    # -- what becomes of those who are held -----------------------------------

    @property
    def held(self) -> list[Block]:
        """The blocks whose workers are held, in order."""
        return sorted((worker.block for worker in self._those(_State.HELD)), key=lambda block: block.index)

    @property
    def drawing(self) -> list[Block]:
        """The blocks that are drawn now, in order."""
        return sorted((worker.block for worker in self._those(_State.RUNNING)), key=lambda block: block.index)

    def _held(self, block: Block) -> _Worker | None:
        return next((worker for worker in self._those(_State.HELD) if worker.block == block), None)

    def release(self, block: Block) -> None:
        """Let the worker of *block* begin when there is room, if it is held."""
        worker = self._held(block)
        if worker is not None:
            worker.state = _State.WAITING
            self._wake()

    def dismiss(self, block: Block, *, again: bool) -> None:
        """Note that the worker of *block*, which is held, is not needed; it stays if it may be held *again*."""
        worker = self._held(block)
        assert worker is not None
        if again:
            worker.state = _State.IDLE
        else:
            self._let_go(worker)

    def dismiss_idle(self) -> None:
        """Let those go that nobody needs."""
        for worker in self._those(_State.IDLE):
            self._let_go(worker)

    def _let_go(self, worker: _Worker) -> None:
        """Have a worker end that sleeps."""
        with interrupts_put_off():  # one that nobody knows and nobody has told to end would be waited for
            self._forget(worker)
            gone = [pid for pid in self._ending if os.waitpid(pid, os.WNOHANG) != (0, 0)]
            self._ending = [worker.pid, *(pid for pid in self._ending if pid not in gone)]

    def _forget(self, worker: _Worker) -> None:
        del self._workers[worker.pid]
        self._selector.unregister(worker.pipe)
        os.close(worker.pipe)
        if worker.state is not _State.RUNNING:
            os.close(worker.waking)

    # -- their turns ----------------------------------------------------------

    def admit_one_more(self) -> None:
        """Let one more run at a time from now on."""
        self._jobs += 1
        self._wake()

    def _wake(self) -> None:
        """Let those who wait begin, as far as there is room."""
        room = self._jobs - len(self._those(_State.RUNNING))
        for worker in sorted(self._those(_State.WAITING), key=lambda each: each.urgency, reverse=True)[: max(0, room)]:
            worker.state = _State.RUNNING
            begin: Begin = {"block": worker.block.to_json()}
            with contextlib.suppress(BrokenPipeError):  # it was killed; its report will tell
                lines.write(worker.waking, begin)
            os.close(worker.waking)

    def is_full(self) -> bool:
        """Whether another worker must wait to be forked."""
        return len(self._those(_State.RUNNING)) + len(self._those(_State.WAITING)) >= self._jobs + self._ahead

    def is_busy(self) -> bool:
        """Whether there is any worker from which a report may come."""
        return any(worker.state is not _State.IDLE for worker in self._workers.values())

    # -- their ends -----------------------------------------------------------

    def reports(self, *, wait: bool) -> Iterator[tuple[Block, WorkerReport]]:
        """Yield the reports of workers that have ended.

        Parameters
        ----------
        wait : bool
            Wait until at least one has, if any is running.

        Raises
        ------
        WorkerError
            If one ended without a report: killed, or crashed in a C library.
        """
        while self.is_busy():
            ready = self._selector.select(None if wait else 0)
            if not ready:
                return
            for key, _ in ready:
                worker = self._workers.get(key.data)
                if worker is None:
                    continue  # it was let go meanwhile
                chunk = os.read(worker.pipe, 1 << 16)
                worker.received.extend(chunk)
                if chunk:
                    continue
                self._forget(worker)
                _, status = os.waitpid(worker.pid, 0)
                if worker.state is _State.IDLE:
                    continue  # somebody has killed it, and nobody needed it
                wait = False
                self._wake()
                yield worker.block, self._last_words(worker, status)

    def _last_words(self, worker: _Worker, status: int) -> WorkerReport:
        with contextlib.suppress(ValueError):  # there are none, or it was killed amid them
            report: WorkerReport
            (report,) = read_all(bytes(worker.received))
            return report
        signals.send_to_group(worker.pid, signal.SIGKILL)  # its encoder
        self._store.discard_temporaries(worker.pid)
        how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"
        raise WorkerError(
            f"the worker of {worker.block} ended with {how}",
            "if memory ran out, use fewer jobs (-j 1) or a smaller --block-size",
        )

    def kill(self) -> None:
        """End all workers and their encoders, and remove what they left."""
        for worker in list(self._workers.values()):
            signals.send_to_group(worker.pid, signal.SIGKILL)
            self._forget(worker)
            os.waitpid(worker.pid, 0)
            self._store.discard_temporaries(worker.pid)
        for pid in self._ending:
            os.waitpid(pid, 0)
        self._ending.clear()


def leave(sending: int, report: WorkerReport) -> None:
    """End this worker with its last words; never returns."""
    try:
        lines.write(sending, report)
    finally:
        os._exit(0)  # whatever happens: beyond this point lies the user's script
