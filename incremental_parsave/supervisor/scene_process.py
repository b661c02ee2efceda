"""Start a scene process, receive its events, and end it."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import sys
import time

from ..errors import IparsaveError
from ..processes import programs
from ..protocol.lines import Lines, to_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ..protocol.events import Event
    from ..protocol.messages import Config

_GRACE_SECONDS = 10.0  # time that an interrupted scene has to end before it is killed
_LAST = 1.0  # seconds to wait for processes that were killed
_ASSUMED_LOST = 3.0  # seconds after which a scene that still runs is assumed not to have received the interrupt
_AGAIN = 1.0  # seconds after which a scene that continues to work is interrupted again
_TICK = 0.05
_FILES = 24  # open files that are enough for a build with any number of workers, as tests showed


def start_scene(
    config: Config, environment: dict[str, str], given: Sequence[int], *flags: str, **streams: Any
) -> tuple[programs.Program[bytes], int]:
    """Start a scene process.

    Parameters
    ----------
    config : Config
        Configuration without ``lifeline``.
    environment : dict
        Environment variables of the process.
    given : sequence of int
        Descriptors that the process inherits.
    *flags : str
        More flags of Python.
    **streams
        Keywords of `programs.start`.

    Returns
    -------
    process : Program
    alive : int
        The writing end of the lifeline: when it is closed, all processes of the scene end.
    """
    lifeline, alive = os.pipe()
    argument = to_line({**config, "lifeline": lifeline}).decode()
    command = [sys.executable, "-P", *flags, "-m", "incremental_parsave.scene_host.child_main", argument]
    process = programs.start(command, env=environment, pass_fds=[*given, lifeline], **streams)
    os.close(lifeline)
    return process, alive


class SceneProcess:
    """A running scene.

    Parameters
    ----------
    config : Config
        Configuration without ``events`` and ``lifeline``.
    environment : dict
        Environment variables of the process.
    quiet_output : bool
        Send what the scene prints to standard error, because standard output
        is used for JSON.
    """

    def __init__(self, config: Config, environment: dict[str, str], *, quiet_output: bool) -> None:
        _raise_file_limit()
        self._events, sending = os.pipe()
        self._process, self._alive = start_scene(
            {**config, "events": sending}, environment, [sending], stdout=sys.stderr if quiet_output else None
        )
        os.close(sending)

    def events(self, tick: float) -> Iterator[Event | None]:
        """Yield the events of the scene until it ends, and None after each *tick* seconds without events."""
        received = Lines()
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while True:
                if not selector.select(tick):
                    yield None
                    continue
                chunk = os.read(self._events, 1 << 16)
                if not chunk:
                    return
                yield from received.feed(chunk)

    def status(self) -> int:
        """Wait for the process to end; return its exit status, or the negative number of the signal that ended it."""
        return self._process.wait()

    def close(self) -> None:
        """End all processes on the scene's lifeline, and wait until they are gone."""
        if self._alive < 0:
            return
        os.close(self._alive)
        self._alive = -1
        self._process.wait()
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while selector.select(_LAST) and os.read(self._events, 1 << 16):
                pass
        os.close(self._events)

    def stop(self, *, terminate: bool) -> None:
        """Wait for an interrupted scene to end; kill it if it does not.

        An interrupt that arrives during garbage collection is lost.  So a scene that continues to
        work, as its events show, is interrupted again.  So is a scene that still runs although
        Ctrl-C should have reached it from the terminal.

        Parameters
        ----------
        terminate : bool
            Send the scene SIGTERM at once.  If false, Ctrl-C is assumed to have reached it.
        """
        if terminate:
            self._process.send_signal(signal.SIGTERM)
        interrupted = since = time.monotonic()
        while True:
            with contextlib.suppress(programs.Waited):
                self._process.wait(_TICK)
                return
            now = time.monotonic()
            goes_on = self._has_new_events() and now - interrupted > _AGAIN
            if goes_on or (not terminate and now - since > _ASSUMED_LOST):
                self._process.send_signal(signal.SIGTERM)
                interrupted, terminate = now, True
            if now - since > _GRACE_SECONDS:
                self._process.kill()
                return

    def _has_new_events(self) -> bool:
        """Return whether new events have arrived; read and discard them, since nothing else reads them now."""
        found = False
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while selector.select(0) and os.read(self._events, 1 << 16):
                found = True
        return found


def _raise_file_limit() -> None:
    """Raise the limit on open files to what a build needs, if it is lower.

    Raises
    ------
    IparsaveError
        If the hard limit is lower, too.
    """
    try:
        import resource
    except ImportError:  # not a Unix system
        return
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY or limit >= _FILES:
        return
    if most != resource.RLIM_INFINITY and most < _FILES:
        raise IparsaveError(
            f"the limit of open files is {most}, but a build needs {_FILES}",
            "raise the limit: ulimit -n 1024",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, most))
