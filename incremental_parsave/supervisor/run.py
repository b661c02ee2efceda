"""Runs of a scene in the loop of a watch, each from the beginning of the script."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..keys.files import Signature
from ..processes import proc, programs, signals
from ..protocol.lines import Lines
from .scene_process import start_scene

if TYPE_CHECKING:
    from ..protocol.events import Event
    from ..protocol.messages import Config

_GRACE = 3.0  # seconds that an interrupted run has to end before it is killed
_AGAIN = 0.7  # seconds after which it is interrupted again


class Scene:
    """Runs one script repeatedly, one run at a time.

    Parameters
    ----------
    environment : dict
        Environment variables of the scene processes.
    selector : selectors.BaseSelector
        The selector of the loop.  The data of each of its keys is a function without arguments,
        which the loop calls when the file of the key is ready.
    handle_event : callable
        Called with each event of a run, and with None when the run is over.
    printed : callable
        Called with what the scene prints, as bytes.

    Attributes
    ----------
    resumed_at : int
        Number of statements that the last run did not have to run again.
    """

    def __init__(
        self,
        environment: dict[str, str],
        selector: selectors.BaseSelector,
        handle_event: Callable[[Event | None], None],
        printed: Callable[[bytes], None],
    ) -> None:
        self._environment, self._selector = environment, selector
        self._handle_event, self._printed = handle_event, printed
        self._process: programs.Program[bytes] | None = None
        self._output = self._events = self._alive = -1
        self._received, self._runner = Lines(), 0
        self._stopping_since: float | None = None
        self._interrupted_at = 0.0
        self.resumed_at = 0

    @property
    def is_running(self) -> bool:
        """Whether a run is in progress or about to begin."""
        return self._events >= 0

    def run(self, config: Config, source: bytes, signed: Signature | None) -> None:
        """Run the script.

        Parameters
        ----------
        config : Config
        source : bytes
            Source of the script.
        signed : tuple of int or None
            Signature of the script file before it was read.
        """
        self._end_process()  # children of the last run may still hold its output
        receiving, sending = os.pipe()
        self._start({**config, "events": sending}, sending)
        os.close(sending)
        assert self._process is not None
        self._runner = self._process.pid
        self._listen(receiving)

    def forget(self) -> None:
        """Make the next run begin with the first statement; here, every run does."""

    def restart(self) -> None:
        """End all processes, because what they have imported is outdated."""
        self._end_process()

    def stop(self) -> None:
        """Interrupt the run; the blocks that it has finished are kept."""
        if self._events >= 0 and self._stopping_since is None:
            self._stopping_since = time.monotonic()
            self._interrupt()

    def tick(self) -> None:
        """Interrupt a stopped run again, or kill it, if it has not ended; to be called regularly."""
        now = time.monotonic()
        if self._stopping_since is not None and now - self._stopping_since > _GRACE:
            self._kill_run()
            self._stopping_since = now
        elif self._stopping_since is not None and now - self._interrupted_at > _AGAIN:
            self._interrupt()  # an interrupt is lost if it is raised in a fork hook or during garbage collection

    def close(self) -> None:
        """End the run and all processes."""
        if self._runner:
            self.stop()
            until = time.monotonic() + _GRACE
            while self._events >= 0 and time.monotonic() < until:
                for key, _ in self._selector.select(0.05):
                    if key.data == self._on_event:
                        self._on_event()
            if self._events >= 0:
                self._kill_run()
        self.restart()

    # -- a process -----------------------------------------------------------

    def _start(self, config: Config, *given: int) -> None:
        """Start a scene process that inherits the descriptors *given*."""
        receiving, sending = os.pipe()
        self._process, self._alive = start_scene(
            config,
            self._environment,
            given,
            "-u",
            stdin=programs.NOTHING,
            stdout=sending,
            stderr=sending,
            start_new_session=True,  # Ctrl-C on the terminal must reach only the command
        )
        os.close(sending)
        os.set_blocking(receiving, False)
        self._output = receiving
        self._selector.register(receiving, selectors.EVENT_READ, self._on_output)

    def _listen(self, events: int) -> None:
        """Receive the events of a run from the descriptor *events*."""
        self._events, self._received = events, Lines()
        self._selector.register(events, selectors.EVENT_READ, self._on_event)

    def _on_event(self) -> None:
        chunk = os.read(self._events, 1 << 16)
        if not chunk:
            self._selector.unregister(self._events)
            self._close_events()
            self._runner, self._stopping_since = 0, None
            self._on_output()
            self._run_is_over()
            self._handle_event(None)
            return
        for event in self._received.feed(chunk):
            if event["event"] != "running":
                self._handle_event(event)
                continue
            self._runner = event["pid"]
            if self._stopping_since is not None:
                self._interrupt()

    def _on_output(self) -> None:
        """Pass on what the scene has printed."""
        if self._output < 0:
            return
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._output, 1 << 16):
                self._printed(chunk)
            self._has_ended()

    def _has_ended(self) -> None:
        """Handle the end of the output: all processes of the scene have ended, or they print elsewhere."""
        self._close_output()
        self._run_is_over()

    def _run_is_over(self) -> None:
        """End the process if its run is over and its output is closed."""
        if self._events < 0 and self._output < 0:
            self._end_process()

    def _close_output(self) -> None:
        if self._output >= 0:
            self._selector.unregister(self._output)
            os.close(self._output)
        self._output = -1

    def _close_events(self) -> None:
        if self._events >= 0:
            os.close(self._events)
        self._events = -1

    def _sleeping(self) -> set[int]:
        """Return the processes of the scene that are not part of the run."""
        return set()

    def _kill_run(self) -> None:
        """Kill all processes of the run: they share a session, but not always a process group."""
        assert self._process is not None
        for pid in proc.in_session(self._process.pid) - self._sleeping():
            signals.send(pid, signal.SIGKILL)

    def _interrupt(self) -> None:
        self._interrupted_at = time.monotonic()
        if self._runner:
            signals.send(self._runner, signal.SIGINT)

    def _end_process(self) -> None:
        if self._process is None:
            return
        self._close_output()
        os.close(self._alive)  # ends every process on this lifeline
        signals.send_to_group(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
