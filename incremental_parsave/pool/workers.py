"""The worker pool: it forks sleeping workers, starts them on blocks, receives their reports and ends them.

`blocks.states` decides which worker is needed when.
"""

from __future__ import annotations

import contextlib
import gc
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
from ..processes.fork import (
    detach_standard_streams,
    end_at_once,
    fork,
    interrupts_postponed,
    lead,
    reopen_files,
    restore_random,
)
from ..protocol import lines

if TYPE_CHECKING:
    from ..protocol.messages import Begin, WorkerReport

_LONGEST_ORDER = 4096  # bytes


class Assignment(NamedTuple):
    """What a worker has to do, once it is started.

    Attributes
    ----------
    block : Block
        The block to draw.
    sending : int
        Descriptor for its report; see `leave`.
    """

    block: Block
    sending: int


@dataclass
class _Worker:
    pid: int
    pipe: int  # to read its report from
    waking: int  # to start it; -1 once it is started
    block: Block
    received: bytearray = field(default_factory=bytearray)


class WorkerPool:
    """The worker processes of one build, by number.

    Parameters
    ----------
    store : Store
        The cache, in which workers leave temporary files if they are killed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._workers: dict[int, _Worker] = {}
        self._ending: list[int] = []
        self._selector = selectors.DefaultSelector()

    def fork(self, number: int, block: Block) -> Assignment | None:
        """Fork worker *number* in the current state of this process; it sleeps until it is started.

        Parameters
        ----------
        number : int
        block : Block
            The block for which the worker is forked.

        Returns
        -------
        Assignment or None
            In the worker, once it is started, its assignment; in this process, None.
        """
        with interrupts_postponed():  # until `kill` can find the worker
            receiving, sending = own.pipe()
            waiting, waking = own.pipe()
            state = random.getstate()
            # It leads its own group, so that its encoder is killed with it, and Ctrl-C reaches only this process.
            pid = fork(leads=True)
            if pid == 0:
                end_at_once()
                os.close(receiving)
                os.close(waking)
                for other in self._workers.values():
                    os.close(other.pipe)
                    if other.waking >= 0:
                        os.close(other.waking)
                gc.freeze()  # a collection would write to every inherited page, and so copy it
                detach_standard_streams()
                reopen_files()
                order = os.read(waiting, _LONGEST_ORDER)
                if not order:
                    os._exit(0)  # it is not needed, or the stepper is gone
                os.close(waiting)
                restore_random(state)
                (begin,) = lines.read_all(order)
                return Assignment(Block(**begin["block"]), sending)
            lead(pid)
            os.close(sending)
            os.close(waiting)
            self._workers[number] = _Worker(pid, receiving, waking, block)
            self._selector.register(receiving, selectors.EVENT_READ, number)
            return None

    def start(self, number: int, block: Block) -> None:
        """Start worker *number* on *block*."""
        worker = self._workers[number]
        begin: Begin = {"block": block.to_json()}
        with contextlib.suppress(BrokenPipeError):  # it was killed, and will not report
            lines.write(worker.waking, begin)
        os.close(worker.waking)
        worker.waking, worker.block = -1, block

    def end(self, number: int) -> None:
        """End worker *number*, which is asleep."""
        # An interrupt in between could leave a process that is not in the pool any more, and still sleeps.
        with interrupts_postponed():
            pid = self._workers[number].pid
            self._forget(number)
            gone = [pid for pid in self._ending if os.waitpid(pid, os.WNOHANG) != (0, 0)]
            self._ending = [pid, *(pid for pid in self._ending if pid not in gone)]

    def reports(self, *, wait: bool) -> Iterator[tuple[int, WorkerReport | WorkerError]]:
        """Yield the number and report of each worker that has ended; an error if it was killed or crashed.

        Parameters
        ----------
        wait : bool
            Wait until at least one has ended; at least one must have been started.
        """
        while self._workers:
            ready = self._selector.select(None if wait else 0)
            if not ready:
                return
            for key, _ in ready:
                worker = self._workers.get(key.data)
                if worker is None:
                    continue  # `end` was called for it meanwhile
                chunk = os.read(worker.pipe, 1 << 16)
                worker.received.extend(chunk)
                if chunk:
                    continue
                self._forget(key.data)
                _, status = os.waitpid(worker.pid, 0)
                wait = False
                yield key.data, self._report_of(worker, status)

    def _report_of(self, worker: _Worker, status: int) -> WorkerReport | WorkerError:
        with contextlib.suppress(ValueError):  # there is no report, or only a part of one
            report: WorkerReport
            (report,) = lines.read_all(bytes(worker.received))
            return report
        signals.send_to_group(worker.pid, signal.SIGKILL)  # this kills its encoder
        self._store.discard_temporaries(worker.pid)
        by_signal = f"was killed by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else ""
        return WorkerError(
            f"the worker of {worker.block} {by_signal or f'exited with status {os.WEXITSTATUS(status)}'}",
            "if memory ran out, use fewer workers (-j 1) or a smaller --block-size",
        )

    def kill(self) -> None:
        """Kill all workers and their encoders, and remove their temporary files."""
        for number, worker in list(self._workers.items()):
            signals.send_to_group(worker.pid, signal.SIGKILL)
            self._forget(number)
            os.waitpid(worker.pid, 0)
            self._store.discard_temporaries(worker.pid)
        for pid in self._ending:
            os.waitpid(pid, 0)
        self._ending.clear()

    def _forget(self, number: int) -> None:
        worker = self._workers.pop(number)
        self._selector.unregister(worker.pipe)
        os.close(worker.pipe)
        if worker.waking >= 0:
            os.close(worker.waking)


def leave(sending: int, report: WorkerReport) -> None:
    """Send the report of this worker, and end its process; never returns."""
    try:
        lines.write(sending, report)
    finally:
        os._exit(0)  # in any case: returning would continue the user's script
