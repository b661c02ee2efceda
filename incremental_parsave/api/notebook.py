"""Build a movie that a notebook cell saves, in a forked copy of the kernel that has none of the kernel's threads.

1. The kernel forks a copy of itself, and waits.
2. The copy builds the movie in parallel.  Its output and its progress callbacks do not reach the notebook.
3. Then the kernel steps the same frames without drawing them.  This shows their output once, and leaves the
   kernel's variables in the state in which later cells expect them.
4. If the copy gives up building in parallel, or fails, the kernel builds the movie in one process.  It is still
   in the state before the first frame.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, NoReturn

from ..blocks.layout import BlockLayout
from ..builder.pipeline import build, part_of, total_of
from ..builder.session import Request, Session
from ..frames.follow import FollowDriver
from ..frames.loop import Loop
from ..model import Movie
from ..mpl.target import Target
from ..processes import lifeline, own
from ..processes.fork import detach_standard_streams, end_at_once, flush_streams, fork, reopen_files, restore_random
from ..processes.reporting import Reporter
from ..protocol.lines import read_all
from ..tracing.threads import Monitors
from ..trust.doubts import doubt
from ..trust.kernel import Kernel

_FAILED = "the copy of the kernel could not build it"


def build_in_kernel(
    kernel: Kernel, target: Target, request: Request, begin: Callable[[Reporter | None], Session]
) -> Movie:
    """Build one movie in a notebook.

    Parameters
    ----------
    kernel : Kernel
    target : Target
    request : Request
    begin : callable
        Called with a reporter, or None for the default one; returns a session that uses it.
    """
    part = part_of(target, request.options)
    why = doubt(part, kernel)
    if not why:
        made, why = _by_copy(kernel, target, request, begin)
        if not why:
            options, loop = request.options, Loop(part)
            end = BlockLayout(total_of(part), options.block_size, request.lengths, options.frames).end
            loop.run(lambda: FollowDriver(loop, end, independent=options.stepping == "independent"))
            return Movie(path=part.path, **{name: _tuples(value) for name, value in made.items()})
    session = begin(None)
    try:
        return build(target, replace(request, why=why), session)
    finally:
        session.store.close()


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _by_copy(
    kernel: Kernel, target: Target, request: Request, begin: Callable[[Reporter | None], Session]
) -> tuple[dict[str, Any], str]:
    """Return what the copy reports about the movie, and why the kernel must build it itself; empty if it need not."""
    flush_streams()
    monitors = Monitors()
    if not monitors.stop():
        monitors.start()
        return {}, "the script has running threads"
    receiving, sending = own.pipe()
    pid = 0
    try:
        with lifeline.of_this_process():  # an interrupt ends the copy and all processes that it has forked
            state = random.getstate()
            pid = fork(leads=True)
            if pid == 0:
                os.close(receiving)
                _build_and_leave(kernel, target, request, begin, sending, state)
            os.close(sending)
            monitors.start()
            received = b""
            while chunk := os.read(receiving, 1 << 16):
                received += chunk
    finally:
        os.close(receiving)
        if pid:
            os.waitpid(pid, 0)
    reporter, made, why = Reporter(), {}, _FAILED
    for event in read_all(received):
        if event["event"] == "warning":
            reporter.warn(event["text"])
        elif event["event"] == "refused":
            why = event["why"]
        elif event["event"] == "made":
            made, why = event["movie"], ""
    return made, why


def _build_and_leave(
    kernel: Kernel,
    target: Target,
    request: Request,
    begin: Callable[[Reporter | None], Session],
    sending: int,
    state: Any,
) -> NoReturn:
    """Build the movie in this process, which is the copy, and end the process."""
    try:
        end_at_once()
        kernel.fall_silent()
        detach_standard_streams()
        reopen_files()
        restore_random(state)
        reporter = Reporter(sending)

        def give_up(why: str) -> NoReturn:
            reporter.emit({"event": "refused", "why": why})
            os._exit(0)

        movie = build(target, replace(request, why="", give_up=give_up), begin(reporter))
        fields = {name: value for name, value in asdict(movie).items() if name != "path"}
        reporter.emit({"event": "made", "movie": fields})
    finally:
        os._exit(0)  # the caller is the kernel's message loop
