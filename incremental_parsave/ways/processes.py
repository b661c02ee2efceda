"""Processes that are forked in the middle of a loop and go on in it.

Only this file forks.
"""

from __future__ import annotations

import contextlib
import gc
import json
import math
import os
import random
import selectors
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..errors import WorkerError
from ..model import Block
from ..scene.state import restore_random
from ..store import Store

Report = dict[str, Any]

_SHORTEST = 6  # halvings of a second: what is shorter need not be told apart


class _Worker(NamedTuple):
    block: Block
    pipe: int  # on which it reports
    received: bytearray


class _Sleeping(NamedTuple):
    rank: int  # the greater, the earlier it is wanted
    length: int  # how often the seconds that its block took must be halved to come to one, about
    order: int  # less for later blocks
    pid: int
    waking: int


class Crew:
    """The workers of one build.

    A worker must be forked when the stepper comes to its block.  Where it is known how
    long blocks take, some are forked ahead and sleep, so that the longest begins
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
        self._workers: dict[int, _Worker] = {}
        self._sleeping: list[_Sleeping] = []
        self._held: dict[int, _Sleeping] = {}  # by block
        self._dismissed: list[int] = []
        self._selector = selectors.DefaultSelector()

    def fork(self, block: Block, seconds: float = 0.0, rank: int = 0, *, held: bool = False) -> int | None:
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

        Returns
        -------
        int or None
            In the worker, when it is its turn, the descriptor for its `leave`; here, None.
        """
        with interrupts_put_off():  # until `kill` would find it
            receiving, sending = os.pipe()
            waiting, waking = os.pipe()
            state = random.getstate()
            pid = fork()
            if pid == 0:
                os.setpgid(0, 0)  # so that its encoder goes with it, and Ctrl-C is for the one who forked
                for theirs in (receiving, waking, *(worker.pipe for worker in self._workers.values())):
                    os.close(theirs)
                for sleeping in (*self._sleeping, *self._held.values()):
                    os.close(sleeping.waking)
                gc.freeze()  # to go through what was inherited, the collector would have every page of it copied
                _be_silent()
                own_descriptors()
                if not os.read(waiting, 1):
                    os._exit(0)  # nobody is left to wake it
                os.close(waiting)
                restore_random(state)
                return sending
            with contextlib.suppress(OSError):
                os.setpgid(pid, pid)
            os.close(sending)
            os.close(waiting)
            self._workers[pid] = _Worker(block, receiving, bytearray())
            # Roughly, so that blocks that are as long but for chance stay in order.
            length = round(math.log2(seconds)) if seconds > 0 else -_SHORTEST
            self._held[block.index] = _Sleeping(rank, max(length, -_SHORTEST), -block.index, pid, waking)
            self._selector.register(receiving, selectors.EVENT_READ, pid)
            if not held:
                self.release(block)
            return None

    @property
    def held(self) -> list[Block]:
        """The blocks whose workers are held, in order."""
        return [self._workers[each.pid].block for each in self._held.values()]

    def release(self, block: Block) -> None:
        """Let the worker of *block* begin when there is room, if it is held."""
        if block.index in self._held:
            self._sleeping.append(self._held.pop(block.index))
            self._wake()

    def dismiss(self, block: Block) -> None:
        """End the worker of *block*, which is held: it is not needed."""
        pid, waking = self._held.pop(block.index)[-2:]
        pipe = self._workers.pop(pid).pipe
        self._selector.unregister(pipe)
        os.close(pipe)
        os.close(waking)
        gone = [other for other in self._dismissed if os.waitpid(other, os.WNOHANG) != (0, 0)]
        self._dismissed = [pid, *(other for other in self._dismissed if other not in gone)]

    def admit_one_more(self) -> None:
        """Let one more run at a time from now on."""
        self._jobs += 1
        self._wake()

    def _wake(self) -> None:
        """Let those who sleep begin, as far as there is room: by rank, then the longest first, else in order."""
        while self._sleeping and len(self._workers) - len(self._held) - len(self._sleeping) < self._jobs:
            longest = max(self._sleeping)
            self._sleeping.remove(longest)
            with contextlib.suppress(BrokenPipeError):  # it was killed; its report will tell
                os.write(longest.waking, b"!")
            os.close(longest.waking)

    def is_full(self) -> bool:
        """Whether another worker must wait to be forked."""
        return len(self._workers) - len(self._held) >= self._jobs + self._ahead

    def is_busy(self) -> bool:
        """Whether there are any workers."""
        return bool(self._workers)

    def reports(self, *, wait: bool) -> Iterator[tuple[Block, Report]]:
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
        while self._workers:
            ready = self._selector.select(None if wait else 0)
            if not ready:
                return
            for key, _ in ready:
                worker = self._workers[key.data]
                chunk = os.read(worker.pipe, 1 << 16)
                worker.received.extend(chunk)
                if not chunk:
                    wait = False
                    yield worker.block, self._reap(key.data)

    def _reap(self, pid: int) -> Report:
        worker = self._workers.pop(pid)
        self._selector.unregister(worker.pipe)
        os.close(worker.pipe)
        for sleeping in [each for each in self._sleeping if each.pid == pid]:
            self._sleeping.remove(sleeping)  # killed in its sleep
            os.close(sleeping.waking)
        for index in [index for index, each in self._held.items() if each.pid == pid]:
            os.close(self._held.pop(index).waking)
        _, status = os.waitpid(pid, 0)
        self._wake()
        with contextlib.suppress(ValueError):  # there is none, or it was killed amid it
            return dict(json.loads(worker.received))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # its encoder
        self._store.discard_temporaries(pid)
        how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"
        raise WorkerError(
            f"the worker of {worker.block} ended with {how}",
            "if memory ran out, use fewer jobs (-j 1) or a smaller --block-size",
        )

    def kill(self) -> None:
        """End all workers and their encoders, and remove what they left."""
        for sleeping in (*self._sleeping, *self._held.values()):
            os.close(sleeping.waking)
        self._sleeping.clear()
        self._held.clear()
        for pid, worker in self._workers.items():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self._selector.unregister(worker.pipe)
            os.close(worker.pipe)
            self._store.discard_temporaries(pid)
        self._workers.clear()
        for pid in self._dismissed:
            os.waitpid(pid, 0)
        self._dismissed.clear()


def leave(sending: int, report: Report) -> None:
    """End this worker with its last words; never returns."""
    try:
        data = json.dumps(report).encode()
        while data:
            data = data[os.write(sending, data) :]
    finally:
        os._exit(0)  # whatever happens: beyond this point lies the user's script


class Spare:
    """A process that sleeps in the state before the first frame.

    If the fast way fails, it wakes and goes on in place of the one that forked
    it, which becomes a shell around it.
    """

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # or what was printed before would be printed by both
        with interrupts_put_off():  # until `dismiss` would find it
            waiting, self._waking = os.pipe()
            state = random.getstate()
            self._pid = fork()
            self.words = ""
            if self._pid:
                os.close(waiting)
                return
            os.close(self._waking)
            handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
            words = b""
            while chunk := os.read(waiting, 4096):
                words += chunk
            os.close(waiting)
            if not words:
                os._exit(0)  # it was not needed
            signal.signal(signal.SIGINT, handler)
            own_descriptors()
            restore_random(state)
            self.words = words.decode()

    @property
    def is_awake(self) -> bool:
        """Whether this process is the spare, woken."""
        return bool(self.words)

    def dismiss(self) -> None:
        """Let it end."""
        os.close(self._waking)
        os.waitpid(self._pid, 0)

    def forget(self) -> None:
        """Close what a worker inherited of it."""
        os.close(self._waking)

    def take_over(self, words: str) -> None:
        """Wake it with *words*, wait for it and end as it ends; never returns."""
        os.write(self._waking, words.encode())
        os.close(self._waking)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is meant for the spare, which has it too
        signal.signal(signal.SIGTERM, lambda number, frame: os.kill(self._pid, number))
        _, status = os.waitpid(self._pid, 0)
        if os.WIFSIGNALED(status):
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
            os.kill(os.getpid(), os.WTERMSIG(status))
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def fork() -> int:
    """Fork; return 0 in the child, its number in the parent."""
    with warnings.catch_warnings(), interrupts_put_off():
        # numpy's OpenBLAS keeps a system thread; of Python threads there is one, which was checked.
        warnings.filterwarnings("ignore", message=".*multi-threaded.*fork.*", category=DeprecationWarning)
        try:
            return os.fork()
        except OSError as error:
            raise WorkerError(f"no further process can be started: {error.strerror}", "use fewer jobs (-j 1)") from None


@contextlib.contextmanager
def interrupts_put_off() -> Iterator[None]:
    """Have interrupts wait: what is raised in the hooks of a fork is lost, and so is a process that nobody has noted.

    To block the signal would not do, since another thread of the system may take it.
    """
    handler, me = signal.getsignal(signal.SIGINT), os.getpid()
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupted: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: interrupted.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if interrupted and os.getpid() == me:
            signal.raise_signal(signal.SIGINT)


def _be_silent() -> None:
    """Point standard input, output and error at nothing: the stepper speaks for all."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def own_descriptors() -> None:
    """Open anew what was open for reading, so that reading it here moves nobody else's position.

    A forked process shares the position of every open file.  matplotlib keeps
    its fonts open and seeks in them for each new glyph: two workers that shared
    a position would read each other's glyphs.
    """
    if sys.platform != "linux":
        return
    for entry in os.listdir("/proc/self/fd"):
        descriptor = int(entry)
        path = f"/proc/self/fd/{entry}"
        try:
            link = os.readlink(path)
            with open(f"/proc/self/fdinfo/{entry}") as file:
                flags = int(file.read().split()[3], 8)
        except OSError:
            continue
        if descriptor <= 2 or not os.path.isfile(path) or flags & os.O_ACCMODE != os.O_RDONLY:
            continue
        if link.startswith(("/dev/", "/proc/")):
            continue
        position = os.lseek(descriptor, 0, os.SEEK_CUR)
        fresh = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        os.lseek(fresh, position, os.SEEK_SET)
        os.dup2(fresh, descriptor, inheritable=False)
        os.close(fresh)
