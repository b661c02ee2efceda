"""Worker processes: forked to sleep, started with a block, heard, ended.

Which of them is needed when is decided elsewhere (`blocks.states`).
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
from ..processes.fork import be_silent, end_at_once, fork, interrupts_put_off, lead, own_descriptors, restore_random
from ..protocol import lines

if TYPE_CHECKING:
    from ..protocol.messages import Begin, WorkerReport

_LONGEST_ORDER = 4096  # bytes


class Assignment(NamedTuple):
    """What a worker is told when it is started.

    Attributes
    ----------
    block : Block
    sending : int
        Descriptor for its `leave`.
    """

    block: Block
    sending: int


@dataclass
class _Worker:
    pid: int
    pipe: int  # on which it reports
    waking: int  # -1 when it has been started
    block: Block
    received: bytearray = field(default_factory=bytearray)


class WorkerPool:
    """The worker processes of one build, by number.

    Parameters
    ----------
    store : Store
        In which they leave temporary files, should they be killed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._workers: dict[int, _Worker] = {}
        self._ending: list[int] = []
        self._selector = selectors.DefaultSelector()

    def fork(self, number: int, block: Block) -> Assignment | None:
        """Fork worker *number*, in the state in which this process is; it sleeps.

        Parameters
        ----------
        number : int
        block : Block
            For which it is forked.

        Returns
        -------
        Assignment or None
            In the worker, when it is started, what it is to do; here, None.
        """
        with interrupts_put_off():  # until `kill` would find it
            receiving, sending = own.pipe()
            waiting, waking = own.pipe()
            state = random.getstate()
            pid = fork(leads=True)  # so that its encoder goes with it, and Ctrl-C is for the process that forked it
            if pid == 0:
                end_at_once()
                os.close(receiving)
                os.close(waking)
                for other in self._workers.values():
                    os.close(other.pipe)
                    if other.waking >= 0:
                        os.close(other.waking)
                gc.freeze()  # to go through what was inherited, the collector would have every page of it copied
                be_silent()
                own_descriptors()
                order = os.read(waiting, _LONGEST_ORDER)
                if not order:
                    os._exit(0)  # it is not needed, or no process is left to start it
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
        """Have worker *number* draw *block*."""
        worker = self._workers[number]
        begin: Begin = {"block": block.to_json()}
        with contextlib.suppress(BrokenPipeError):  # it was killed; the lack of a report will tell
            lines.write(worker.waking, begin)
        os.close(worker.waking)
        worker.waking, worker.block = -1, block

    def end(self, number: int) -> None:
        """End worker *number*, which sleeps."""
        with interrupts_put_off():  # one that is not known any more, and was not told to end, would be waited for
            pid = self._workers[number].pid
            self._forget(number)
            gone = [pid for pid in self._ending if os.waitpid(pid, os.WNOHANG) != (0, 0)]
            self._ending = [pid, *(pid for pid in self._ending if pid not in gone)]

    def reports(self, *, wait: bool) -> Iterator[tuple[int, WorkerReport | WorkerError]]:
        """Yield the reports of workers that have ended; an error for one that ended without: killed, or crashed.

        Parameters
        ----------
        wait : bool
            Wait until at least one has; one must have been started.
        """
        while self._workers:
            ready = self._selector.select(None if wait else 0)
            if not ready:
                return
            for key, _ in ready:
                worker = self._workers.get(key.data)
                if worker is None:
                    continue  # it was ended meanwhile
                chunk = os.read(worker.pipe, 1 << 16)
                worker.received.extend(chunk)
                if chunk:
                    continue
                self._forget(key.data)
                _, status = os.waitpid(worker.pid, 0)
                wait = False
                yield key.data, self._last_words(worker, status)

    def _last_words(self, worker: _Worker, status: int) -> WorkerReport | WorkerError:
        with contextlib.suppress(ValueError):  # there are none, or it was killed amid them
            report: WorkerReport
            (report,) = lines.read_all(bytes(worker.received))
            return report
        signals.send_to_group(worker.pid, signal.SIGKILL)  # its encoder
        self._store.discard_temporaries(worker.pid)
        by_signal = f"was killed by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else ""
        return WorkerError(
            f"the worker of {worker.block} {by_signal or f'exited with status {os.WEXITSTATUS(status)}'}",
            "if memory ran out, use fewer workers (-j 1) or a smaller --block-size",
        )

    def kill(self) -> None:
        """End all workers and their encoders, and remove what they left."""
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
    """End this worker with its last words; never returns."""
    try:
        lines.write(sending, report)
    finally:
        os._exit(0)  # whatever happens: beyond this point lies the user's script
